import Foundation
import Recipe
import Testing

/// Learning rate, ratio and rank of single module groups.
@Suite struct ByGroupTests {
  private static let written: [(String, Double?, String, [TargetGroup: Double])] = [
    ("3e-3", 3e-3, "", [:]),
    ("o_proj=6e-3", nil, "o_proj=0.006", [TargetGroup.oProj: 6e-3]),
    ("3e-3,fc2=1, O_Proj = 6e-3", 3e-3, "o_proj=0.006,fc2=1", [.oProj: 6e-3, .fc2: 1]),
    ("gate_up_proj=2,3e-3,qkv_proj=0.1", 3e-3, "qkv=0.1,fc1=2", [.qkv: 0.1, .fc1: 2]),
  ]

  @Test(arguments: written)
  func asPeopleWriteIt(text: String, common: Double?, canonical: String, values: [TargetGroup: Double]) throws {
    let read = try GroupedValue<Double>(parsing: text)
    #expect(read.common == common && read.byGroup == ByGroup(values) && read.byGroup.description == canonical)
    // Every bit comes back from the words, and from JSON.
    #expect(ByGroup<Double>(read.byGroup.settingValue) == read.byGroup)
    let json = try JSONEncoder().encode(read.byGroup)
    #expect(try JSONDecoder().decode(ByGroup<Double>.self, from: json) == read.byGroup)
  }

  @Test(arguments: [
    ("", "\"\" is not a whole number; write one for all, and others by group, as in 8,o_proj=16"),
    ("8,", "\"\" is not a whole number; write one for all, and others by group, as in 8,o_proj=16"),
    ("o_proj=1.5", "\"1.5\" is not a whole number; write one for all, and others by group, as in 8,o_proj=16"),
    ("8,16", "the common value is given twice"), ("fc2=1,gate_down_proj=2", "fc2 is given twice"),
    ("oproj=8", "unknown module group \"oproj\"; did you mean o_proj? there are qkv, o_proj, fc1, fc2, conv, linear"),
    ("vision=8", "unknown module group \"vision\"; there are qkv, o_proj, fc1, fc2, conv, linear"),
  ])
  func whatIsRefused(text: String, words: String) {
    let error = #expect(throws: GroupedValueError.self) { try GroupedValue<Int>(parsing: text) }
    #expect(error?.description == words && error?.exitStatus == 64)
  }

  @Test(arguments: [
    ("rank_by_group", "o_proj=4097", false), ("rank_by_group", "o_proj=4096,fc2=1", true),
    ("rank_by_group", "fc2=0", false), ("lr_by_group", "fc2=0", false), ("lr_by_group", "fc2=nan", false),
    ("lr_by_group", "fc2=-1e-3", false), ("lr_by_group", "qkv=1e-3,fc2=inf", false), ("lr_by_group", "qkv=1e-3", true),
    ("lr_ratio_by_group", "qkv=0", false), ("lr_by_group", "3e-3", false),
  ])
  func ranges(key: String, text: String, isTaken: Bool) throws {
    let field = try #require(SettingField.named(key))
    #expect((field.expected(insteadOf: .text(text)) == nil) == isTaken)
  }

  @Test func eachGroupHasItsOwn() {
    let settings = RunSettings {
      ($0.rank, $0.rankByGroup) = (8, ByGroup([.oProj: 16]))
      ($0.learningRate, $0.learningRateByGroup) = (1e-3, ByGroup([.fc2: 2e-3]))
      ($0.learningRateRatio, $0.learningRateRatioByGroup) = (2, ByGroup([.qkv: 4]))
    }
    #expect(settings.rank(of: .oProj) == 16 && settings.rank(of: .qkv) == 8 && settings.rank(of: nil) == 8)
    // Alpha is twice each rank, or what it is set to.
    #expect(settings.resolvedAlpha(of: .oProj) == 32 && settings.resolvedAlpha(of: .fc1) == 16)
    var common = settings
    common.alpha = 12
    #expect(common.resolvedAlpha(of: .oProj) == 12)
    #expect(settings.learningRate(of: .fc2) == 2e-3 && settings.learningRate(of: .oProj) == 1e-3)
    #expect(settings.learningRateRatio(of: .qkv) == 4 && settings.learningRateRatio(of: nil) == 2)
    #expect(settings.rankText(of: .all) == "8-16" && RunSettings().rankText(of: .all) == "8")
    // Of the groups that are there, and of a vision tower, which has the common value.
    #expect(settings.rankText(of: .oProj) == "16" && settings.rankText(of: .fc1) == "8")
    #expect(settings.rankText(of: [.oProj, .vision]) == "8-16")
    func alpha(_ settings: RunSettings, _ targets: Targets) -> String {
      settings.alphaText(of: targets) { "\(Int($0))" }
    }
    #expect(alpha(settings, .all) == "16-32" && alpha(settings, .oProj) == "32" && alpha(common, .all) == "12")
    // A fused layer is of its parts' group, a tower of none.
    for module in LinearModule.allCases { #expect(module.parts.allSatisfy { module.group.modules.contains($0) }) }
    #expect(ModulePath(layer: 0, module: .oProj, isVision: true).group == nil)
  }

  private static let sets: [(Targets, Double, [TargetGroup: Double])] = [
    (Targets.oProj, 6e-3, [:]), (.qkv, 3e-3, [:]), ([.qkv, .oProj], 3e-3, [TargetGroup.oProj: 6e-3]),
    ([.qProj, .fc1], 3e-3, [:]), ([.oProj, .fc2], 6e-3, [:]), ([.oProj, .vision], 3e-3, [.oProj: 6e-3]),
  ]

  /// What means the same for some targets is the same run.
  @Test(arguments: sets)
  func narrowed(targets: Targets, common: Double, values: [TargetGroup: Double]) {
    let settings = RunSettings {
      // What says the common value over again says nothing.
      ($0.learningRate, $0.learningRateByGroup) = (3e-3, ByGroup([.oProj: 6e-3, .fc2: 6e-3, .fc1: 3e-3]))
    }
    let own = settings.narrowed(to: targets)
    #expect(own.learningRate == common && own.learningRateByGroup == ByGroup(values))
    #expect(own.narrowed(to: targets) == own)
    for group in targets.groups { #expect(own.learningRate(of: group) == settings.learningRate(of: group)) }
    #expect(RunSettings().narrowed(to: targets) == RunSettings())
  }

  @Test func aGroupThatIsNotTrainedIsRefused() {
    let settings = RunSettings { $0.rankByGroup = ByGroup([.oProj: 16]) }
    #expect(throws: Never.self) { try settings.checkGroups(among: [[.qkv, .oProj]]) }
    #expect(throws: Never.self) { try settings.checkGroups(among: [.qkv, .oProj]) }
    let one = #expect(throws: Refusal.self) { try settings.checkGroups(among: [[.qkv, .fc2]]) }
    #expect(
      one?.line == "rank o_proj=16: o_proj is not among the targets qkv+fc2; leave it out, or add o_proj"
        && one?.exitStatus == 64)
    let all = #expect(throws: Refusal.self) { try settings.checkGroups(among: [.qkv, .fc2]) }
    #expect(all?.line == "rank o_proj=16: o_proj is not in any of the combinations; leave it out, or add o_proj")
  }

  /// A store of a later version that knows more groups is not misread.
  @Test func unknownGroupsAreNotRead() {
    #expect(throws: DecodingError.self) {
      try JSONDecoder().decode(ByGroup<Int>.self, from: Data(#"{"router": 8}"#.utf8))
    }
  }
}
