import Foundation
import Recipe
import Testing

/// The module groups of a base are those that its linear layers belong to, and everything that combines groups follows from them.
@Suite struct ModuleGroupsTests {
  private static let shape = LinearShape(rows: 6, columns: 4)

  /// Two blocks that attend among five, the others with short convolutions.
  static let hybrid = linears(LinearModule.split + [.convInProj, .convOutProj], attending: [1, 4])

  private static func linears(_ modules: [LinearModule], attending: [Int] = Array(0..<5)) -> ModelLinears {
    let attention: [LinearModule] = [.qProj, .kProj, .vProj, .oProj]
    let others = (0..<5).filter { !attending.contains($0) }
    var places: [LinearModule: [Int]] = [:]
    for module in modules where !others.isEmpty {
      if attention.contains(module) { places[module] = attending }
      if module.group == .conv { places[module] = others }
    }
    return ModelLinears(
      decoder: BlockLinears(
        count: 5, shapes: Dictionary(uniqueKeysWithValues: modules.map { ($0, shape) }), places: places))
  }

  @Test func groupsAndCombinationsFollowFromTheLinearLayers() {
    let llama = Self.linears(LinearModule.split)
    #expect(llama.groups == TargetGroup.article && llama.combinations == Targets.fifteen && llama.all == .all)
    let fused = Self.linears([.qkvProj, .oProj, .gateUpProj, .downProj])
    #expect(fused.groups == TargetGroup.article)
    #expect(Self.hybrid.groups == TargetGroup.article + [.conv])
    #expect(Self.hybrid.all.label == "qkv+o_proj+fc1+fc2+conv")
    let combinations = Self.hybrid.combinations
    #expect(combinations.count == 31 && Set(combinations).count == 31)
    #expect(Array(combinations.prefix(15)) == Targets.fifteen)
    #expect(combinations.compactMap(\.code) == (1...31).map { String($0, radix: 16, uppercase: true) })
    #expect(combinations.sorted(by: Targets.precedes) == combinations)
    #expect(combinations.allSatisfy { ($0.hexDigit == nil) == $0.contains(.conv) })
    let few = Self.linears([.upProj, .downProj])
    #expect(few.groups == [.fc1, .fc2] && few.combinations == [.fc1, .fc2, [.fc1, .fc2]])
  }

  @Test func linearAttentionIsOneGroupOfFive() {
    let modules = LinearModule.split + TargetGroup.linear.modules
    let base = Self.linears(modules)
    #expect(base.groups == TargetGroup.article + [.linear])
    #expect(base.combinations.count == 31 && base.all.label == "qkv+o_proj+fc1+fc2+linear")
    #expect(base.combinations.compactMap(\.code).suffix(2) == ["2E", "2F"])
    #expect(Set(LinearModule.allCases.map(\.index)) == Set(LinearModule.allCases.indices))
  }

  @Test func aFirstStudyHasTheFurtherGroupsBesideTheArticlesNine() {
    #expect(Targets.firstStudy(of: TargetGroup.article) == Targets.articleNine)
    #expect(
      Targets.firstStudy(of: TargetGroup.article + [.conv]) == Targets.articleNine + [.conv, Self.hybrid.all])
    #expect(Targets.firstStudy(of: [.fc1, .fc2]) == [.fc1, .fc2, [.fc1, .fc2]])
  }

  @Test(arguments: [
    ("conv", "conv", "····C"), ("CONV+qkv", "qkv+conv", "Q···C"), ("all,conv", "qkv+o_proj+fc1+fc2+conv", "QO12C"),
    ("conv.in_proj", "conv.in_proj", "····~"), ("conv.out_proj+conv.in_proj", "conv", "····C"),
    ("conv@0,2", "conv@0,2", "····~"), ("all@last:2,conv", "all@last:2+conv", "~~~~C"),
    ("vision+conv", "conv+vision", "····CV"), ("linear+qkv", "qkv+linear", "Q···L"),
    ("linear_attn.out_proj,fc2", "fc2+linear_attn.out_proj", "···2~"),
  ])
  func written(text: String, label: String, cells: String) throws {
    let targets = try Targets(parsing: text)
    #expect(targets.label == label && targets.cells() == cells)
    #expect(try Targets(parsing: label) == targets)
    let stored = try JSONEncoder().encode([targets])
    #expect(try JSONDecoder().decode([Targets].self, from: stored) == [targets])
  }

  @Test func theArticlesGroupsAreStoredAsBefore() throws {
    let stored = try JSONEncoder().encode(Targets.fifteen)
    #expect(
      String(decoding: stored, as: UTF8.self) == "[7,8,15,48,55,56,63,64,71,72,79,112,119,120,127]")
  }

  @Test(arguments: [
    ("conv+qkv", "this model has no target module conv; what would match: qkv, o_proj, fc1, fc2"),
    ("conv@1", "this model has no target module conv; what would match: qkv, o_proj, fc1, fc2"),
    (
      "conv.in_proj", "this model has no target module conv.in_proj; what would match: qkv, o_proj, fc1, fc2"
    ),
  ])
  func aGroupThatTheModelLacksIsRefusedByName(text: String, message: String) throws {
    let targets = try Targets(parsing: text)
    let error = #expect(throws: TargetError.self) { try targets.paths(in: Self.linears(LinearModule.split)) }
    #expect(error?.description == message && error?.exitStatus == 64)
  }

  @Test func aModuleIsATargetWhereItIs() throws {
    func places(_ text: String) throws -> [String] {
      try Targets(parsing: text).paths(in: Self.hybrid).map { "\($0.layer).\($0.module.rawValue)" }
    }
    #expect(try places("o_proj") == ["1.o_proj", "4.o_proj"])
    #expect(try places("conv.out_proj") == ["0.conv.out_proj", "2.conv.out_proj", "3.conv.out_proj"])
    #expect(try places("o_proj@0-1,conv.in_proj@last:2") == ["1.o_proj", "3.conv.in_proj"])
    for targets in Self.hybrid.combinations {
      #expect(try Targets(paths: targets.paths(in: Self.hybrid), in: Self.hybrid) == targets)
    }
    let part = try Targets(parsing: "o_proj@4+conv@0")
    #expect(try Targets(paths: part.paths(in: Self.hybrid), in: Self.hybrid) == part)
    let error = #expect(throws: TargetError.self) {
      try Targets(parsing: "o_proj@2-3").check(in: Self.hybrid)
    }
    #expect(error?.description == "target o_proj@2-3: none of these layers has it; it is in 1, 4")
    // What is counted is what is there: rank · (rows + columns) for each.
    let paths = Self.hybrid.all.present(in: Self.hybrid)
    #expect(Self.hybrid.adapterParameters(paths, useDoRA: false) { _ in 1 } == (2 * 4 + 5 * 3 + 3 * 2) * 10)
  }

  @Test func linearLayersOfEarlierVersionsAreRead() throws {
    let stored = try JSONEncoder().encode(Self.linears([.oProj]))
    #expect(!String(decoding: stored, as: UTF8.self).contains("places"))
    #expect(try JSONDecoder().decode(ModelLinears.self, from: stored) == Self.linears([.oProj]))
    let hybrid = try JSONEncoder().encode(Self.hybrid)
    #expect(try JSONDecoder().decode(ModelLinears.self, from: hybrid) == Self.hybrid)
  }
}
