/// Finds bytes in bytes.
package enum ByteSearch {
  /// The first place from one on where `wanted` stands; an empty one stands everywhere. Takes time in the text's size, whatever it says.
  package static func first(_ wanted: [UInt8], in text: [UInt8], from: Int) -> Int? {
    guard let head = wanted.first else { return from }
    let last = text.count - wanted.count
    // As a rule it stands near the beginning; a text of repetitions would take its length times the other's.
    var budget = 4 * text.count + 64
    var place = from
    while place <= last {
      if text[place] == head {
        var matched = 1
        while matched < wanted.count, text[place + matched] == wanted[matched] { matched += 1 }
        if matched == wanted.count { return place }
        budget -= matched
        if budget < 0 { return steady(wanted, in: text, from: place) }
      }
      place += 1
    }
    return nil
  }

  /// By Knuth, Morris and Pratt.
  private static func steady(_ wanted: [UInt8], in text: [UInt8], from: Int) -> Int? {
    var borders = [Int](repeating: 0, count: wanted.count)
    var border = 0
    for place in wanted.indices.dropFirst() {
      while border > 0, wanted[place] != wanted[border] { border = borders[border - 1] }
      if wanted[place] == wanted[border] { border += 1 }
      borders[place] = border
    }
    var matched = 0
    for place in from..<text.count {
      while matched > 0, text[place] != wanted[matched] { matched = borders[matched - 1] }
      if text[place] == wanted[matched] { matched += 1 }
      if matched == wanted.count { return place - matched + 1 }
    }
    return nil
  }
}
