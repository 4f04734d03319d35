import Analysis
import Foundation
import Messages
import Recipe

/// A plan that has its data sets several times, under other settings each time, as a plan file's `[[variants]]`.
struct PlanVariants {
  /// The data sets, each once, with the settings of the first variant.
  let first: [SweepPlan.Part]
  /// Of each variant what it sets over the first one's settings, the same for all data sets; nothing for the first.
  let changes: [[(field: SettingField, value: SettingValue)]]

  /// - Throws: `Refusal` where data sets differ in what their variants change, or a variant takes back what the first sets.
  init(_ plan: SweepPlan, _ url: URL) throws {
    var first: [SweepPlan.Part] = []
    var settings: [[RunSettings]] = []
    for part in plan.parts {
      if let index = first.firstIndex(where: { $0.data == part.data }) {
        settings[index].append(part.settings)
      } else {
        first.append(part)
        settings.append([part.settings])
      }
    }
    self.first = first
    let count = settings.map(\.count).max() ?? 0
    let refusal = Refusal(
      "\(url.path): data sets whose variants differ in other settings each cannot be one plan file", exitStatus: 65)
    guard settings.allSatisfy({ $0.count == count }) else { throw refusal }
    changes = try (0..<count).map { variant in
      let all = try settings.map { try Self.changes($0[variant], from: $0[0], refusal) }
      let own = all[0]
      let isCommon = all.allSatisfy { other in
        other.map(\.field.key) == own.map(\.field.key) && other.map(\.value) == own.map(\.value)
      }
      guard isCommon else { throw refusal }
      return own
    }
  }

  private static func changes(
    _ settings: RunSettings, from first: RunSettings, _ refusal: Refusal
  ) throws -> [(field: SettingField, value: SettingValue)] {
    var changes: [(field: SettingField, value: SettingValue)] = []
    for field in SettingField.all where field.value(settings) != field.value(first) {
      // A rank brings alpha back to twice itself.
      if field.key == "alpha", field.value(settings) == nil, settings.rank != first.rank { continue }
      guard field.isInPlan, let value = field.value(settings) else { throw refusal }
      changes.append((field, value))
    }
    return changes
  }
}
