/// Rounded to bfloat16: to the nearest, ties to even.
func rounded(_ values: [Float]) -> [Double] {
  values.map { value in
    let bits = value.bitPattern
    return Double(Float(bitPattern: (bits &+ 0x7FFF &+ (bits >> 16 & 1)) & 0xFFFF_0000))
  }
}
