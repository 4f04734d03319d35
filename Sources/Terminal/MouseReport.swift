/// SGR mouse reports (mode 1006): `ESC [ < button ; column ; row M` or `m` on release.
enum MouseReport {
  static func decode(_ body: some Sequence<UInt8>, _ final: UInt8) -> Key? {
    let numbers = String(decoding: Array(body), as: UTF8.self).split(separator: ";").map { Int($0) ?? -1 }
    guard numbers.count == 3, numbers.allSatisfy({ $0 >= 0 && $0 < 100_000 }),
      final == UInt8(ascii: "M") || final == UInt8(ascii: "m")
    else { return nil }
    let code = numbers[0]
    var event = MouseEvent(
      .press, .none, x: max(0, numbers[1] - 1), y: max(0, numbers[2] - 1), shift: code & 4 != 0, alt: code & 8 != 0,
      control: code & 16 != 0)
    if code & 64 != 0 {
      // 66 and 67 are sideways wheels.
      guard code & 3 < 2 else { return nil }
      event.action = code & 3 == 0 ? .wheelUp : .wheelDown
      return .mouse(event)
    }
    switch code & 3 {
    case 0: event.button = .left
    case 1: event.button = .middle
    case 2: event.button = .right
    default: event.button = .none
    }
    if final == UInt8(ascii: "m") {
      event.action = .release
    } else if code & 32 != 0 {
      // Bare motion is not asked for.
      guard event.button != .none else { return nil }
      event.action = .drag
    }
    return .mouse(event)
  }
}
