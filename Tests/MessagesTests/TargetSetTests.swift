import Foundation
import Messages
import Recipe
import Testing

@Suite struct TargetSetTests {
  @Test func namesCellsAndDigits() {
    let set: TargetSet = [.qkv, .fc1, .fc2]
    #expect(set.label == "qkv+fc1+fc2")
    #expect(set.cells() == "Q·12")
    #expect(set.hexDigit == "D")
    #expect(set.isCombination)
    #expect(TargetSet.all.hexDigit == "F")
  }

  @Test func partOfAGroupIsNoCombination() {
    let set: TargetSet = [.qProj, .oProj]
    #expect(!set.isCombination)
    #expect(set.hexDigit == nil)
    #expect(set.cells() == "~O··")
    #expect(set.label == "q_proj+o_proj")
    #expect(TargetSet().label == "base")
  }

  @Test func fifteenDistinctCombinationsWithTheArticlesNineAmongThem() {
    #expect(TargetSet.fifteen.count == 15)
    #expect(Set(TargetSet.fifteen).count == 15)
    #expect(TargetSet.fifteen.map(\.hexDigit) == Array("123456789ABCDEF"))
    #expect(Set(TargetSet.articleNine).count == 9)
    #expect(Set(TargetSet.articleNine).isSubset(of: TargetSet.fifteen))
  }

  @Test func moduleNamesGoBothWays() {
    for set in TargetSet.fifteen { #expect(TargetSet(moduleNames: set.moduleNames) == set) }
    #expect(TargetSet(moduleNames: ["down_proj", "no_such"]) == .fc2)
  }
}

@Suite struct TargetSetLayersTests {
  private func selection(_ text: String) throws -> LayerSelection { try LayerSelection(parsing: text) }

  @Test func layersShowInLabelAndCells() throws {
    var set: TargetSet = [.qkv, .oProj]
    set.setLayers(try selection("0-3,5"), of: .oProj)
    #expect(set.label == "qkv+o_proj@0-3,5")
    #expect(set.cells() == "Q~··" && set.hexDigit == nil && !set.isCombination && set.isRestricted)
    #expect(set.moduleNames == ["q_proj", "k_proj", "v_proj", "o_proj"])
    set.setLayers(try selection("last:2"), of: .all)
    #expect(set.label == "all@last:2")
    set.setLayers(.every, of: .qkv)
    #expect(set.label == "qkv+o_proj@last:2+fc1@last:2+fc2@last:2")
    set.setLayers(nil, of: [.fc1, .fc2, .oProj])
    #expect(set == .qkv && !set.isRestricted)
  }

  @Test func aTickIsTheWholeProjection() throws {
    var set: TargetSet = .fc2
    set.setLayers(try selection("4-"), of: .fc2)
    #expect(!set.contains(.fc2) && !set.isDisjoint(with: .fc2) && !set.isEmpty)
    #expect(set.contains(set) && TargetSet.fc2.contains(set))
    #expect(set.union(.fc2) == .fc2 && set.union(.oProj).label == "o_proj+fc2@4-")
    #expect(set.union(.oProj).intersection(.fc2) == set)
    set.subtract(.fc2)
    #expect(set.isEmpty && set == [])
  }

  @Test func parametersCountTheChosenLayersOnly() throws {
    let modules = (0..<4).flatMap { layer in
      TargetSet.modules.map { ModelSummary.Module(layer: layer, name: $0.name, rows: 3, columns: 2) }
    }
    let model = ModelSummary(
      reference: .builtin, name: "m", parameterCount: 1, byteCount: 1, element: "float32", layers: 4, fingerprint: "",
      modules: modules)
    var set: TargetSet = .qkv
    #expect(model.adapterParameters(set, rank: 2) == 4 * 3 * 10)
    set.setLayers(try selection("0,last:2"), of: .qProj)
    #expect(model.adapterParameters(set, rank: 2) == (4 + 4 + 3) * 10)
    #expect(set.missingLayer(in: 4, vision: 0) == nil)
    #expect(set.missingLayer(in: 1, vision: 0)?.contains("q_proj@0,last:2: the model has only 1 layers") == true)
  }

  @Test func storedRunsKeepTheirNumberAndLayersTheirNames() throws {
    let encoder = JSONEncoder()
    #expect(String(decoding: try encoder.encode([TargetSet.all]), as: UTF8.self) == "[127]")
    #expect(try JSONDecoder().decode([TargetSet].self, from: Data("[127, 9]".utf8)) == [.all, [.qProj, .oProj]])
    var set: TargetSet = [.oProj, .fc2]
    set.setLayers(try selection("1-2"), of: .oProj)
    let data = try encoder.encode([set])
    #expect(String(decoding: data, as: UTF8.self).contains("\"o_proj\":\"1-2\""))
    #expect(try JSONDecoder().decode([TargetSet].self, from: data) == [set])
    #expect(throws: DecodingError.self) {
      try JSONDecoder().decode([TargetSet].self, from: Data(#"[{"o_proj": "x"}]"#.utf8))
    }
  }

  @Test func aTowerIsAPartOfItsOwn() throws {
    var set: TargetSet = [.qkv, .vision]
    #expect(set.label == "qkv+vision" && set.cells() == "Q···V" && set.moduleNames.last == "vision")
    #expect(set.hexDigit == nil && !set.isCombination && set.groups == [.qkv])
    #expect(TargetSet.all.isDisjoint(with: .vision) && TargetSet.fifteen.allSatisfy { $0.isDisjoint(with: .vision) })
    #expect(set.missingLayer(in: 4, vision: 0)?.contains("qkv, o_proj, fc1, fc2") == true)
    #expect(set.missingLayer(in: 4, vision: 2) == nil)
    let encoder = JSONEncoder()
    #expect(String(decoding: try encoder.encode([set]), as: UTF8.self) == "[135]")
    set.setLayers(try selection("last:1"), of: .vision)
    #expect(set.label == "qkv+vision@last:1")
    #expect(try JSONDecoder().decode([TargetSet].self, from: try encoder.encode([set])) == [set])
    func modules(_ names: [String]) -> [ModelSummary.Module] {
      (0..<2).flatMap { layer in
        names.map { ModelSummary.Module(layer: layer, name: $0, rows: 3, columns: 2) }
      }
    }
    let model = ModelSummary(
      reference: .builtin, name: "m", parameterCount: 1, byteCount: 1, element: "float32", layers: 2, fingerprint: "",
      modules: modules(TargetSet.modules.map(\.name)), visionModules: modules(["q_proj", "up_proj"]))
    #expect(model.visionLayers == 2)
    #expect(model.adapterParameters(.qkv, rank: 2) == 6 * 10)
    #expect(model.adapterParameters(.vision, rank: 2) == 4 * 10)
    #expect(model.adapterParameters(set, rank: 2, useDoRA: true) == (6 + 2) * 13)
    set.subtract(.vision)
    #expect(set == .qkv && !set.isRestricted)
  }

  @Test func combinationsComeFirst() throws {
    var partial: TargetSet = .oProj
    partial.setLayers(try selection("1"), of: .oProj)
    let sets: [TargetSet] = [partial, .qProj, .all, .oProj]
    #expect(sets.sorted(by: TargetSet.precedes).map(\.label) == ["o_proj", "qkv+o_proj+fc1+fc2", "q_proj", "o_proj@1"])
  }
}
