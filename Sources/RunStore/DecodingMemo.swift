import Foundation
import Messages
import Synchronization

/// Decodes what many rows of a study have in common once: plans differ in their seeds, and what was prepared hardly at all.
final class DecodingMemo: Sendable {
  private struct Known {
    var plans: [String: RunPlan] = [:]
    var prepared: [String: PreparedRun] = [:]
    let decoder = JSON.decoder()
  }

  private let known = Mutex(Known())

  func decode<T: Decodable & Sendable>(_ type: T.Type, _ text: String) throws -> T {
    try known.withLock { try $0.decoder.decode(type, from: Data(text.utf8)) }
  }

  func prepared(_ text: String) throws -> PreparedRun {
    try known.withLock { known in
      if let prepared = known.prepared[text] { return prepared }
      let prepared = try known.decoder.decode(PreparedRun.self, from: Data(text.utf8))
      known.prepared[text] = prepared
      return prepared
    }
  }

  /// Nil for what is no plan.
  func plan(_ text: String) -> RunPlan? {
    known.withLock { known in
      let parted = Self.withoutSeed(text)
      if let parted, var plan = known.plans[parted.rest] {
        plan.settings.seed = parted.seed
        return plan
      }
      let plan = try? known.decoder.decode(RunPlan.self, from: Data(text.utf8))
      // Only where the one seed that was found is the plan's own.
      if let parted, let plan, plan.settings.seed == parted.seed { known.plans[parted.rest] = plan }
      return plan
    }
  }

  /// The text around the one number that follows `"seed":`, and that number. Inside of a JSON string no quotation mark stands
  /// bare, so that what is found is a key.
  private static func withoutSeed(_ text: String) -> (rest: String, seed: UInt64)? {
    var text = text
    return text.withUTF8 { bytes -> (String, UInt64)? in
      let key = Array("\"seed\":".utf8)
      var found: Int?
      var place = 0
      while place + key.count <= bytes.count {
        if bytes[place] == key[0], bytes[place..<place + key.count].elementsEqual(key) {
          if found != nil || (place > 0 && bytes[place - 1] == UInt8(ascii: "\\")) { return nil }
          found = place + key.count
        }
        place += 1
      }
      guard let found else { return nil }
      var end = found
      while end < bytes.count, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[end]) { end += 1 }
      guard let seed = UInt64(String(decoding: bytes[found..<end], as: UTF8.self)) else { return nil }
      return (String(decoding: Array(bytes[..<found]) + Array(bytes[end...]), as: UTF8.self), seed)
    }
  }
}
