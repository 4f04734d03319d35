import Foundation
import Recipe
import Testing

@Suite struct TargetsTests {
  @Test func namesCellsAndDigits() {
    let set: Targets = [.qkv, .fc1, .fc2]
    #expect(set.label == "qkv+fc1+fc2")
    #expect(set.cells() == "Q·12")
    #expect(set.hexDigit == "D")
    #expect(set.isCombination)
    #expect(Targets.all.hexDigit == "F")
  }

  @Test func partOfAGroupIsNoCombination() {
    let set: Targets = [.qProj, .oProj]
    #expect(!set.isCombination)
    #expect(set.hexDigit == nil)
    #expect(set.cells() == "~O··")
    #expect(set.label == "q_proj+o_proj")
    #expect(Targets().label == "base")
  }

  @Test func fifteenDistinctCombinationsWithTheArticlesNineAmongThem() {
    #expect(Targets.fifteen.count == 15)
    #expect(Set(Targets.fifteen).count == 15)
    #expect(Targets.fifteen.map(\.hexDigit) == Array("123456789ABCDEF"))
    #expect(Set(Targets.articleNine).count == 9)
    #expect(Set(Targets.articleNine).isSubset(of: Targets.fifteen))
  }

  @Test func modulesGoBothWays() {
    for set in Targets.fifteen {
      #expect(Targets(modules: set.modules) == set && set.modules.map(\.rawValue) == set.moduleNames)
    }
    #expect(Targets(modules: [.qkvProj, .downProj]) == [.qkv, .fc2])
  }

  @Test(arguments: [
    ("qkv,o_proj", "qkv+o_proj"), ("fc1 + qkv", "qkv+fc1"), ("all", "qkv+o_proj+fc1+fc2"),
    ("q_proj,up_proj", "q_proj+up_proj"), ("gate_up_proj", "fc1"), ("gate_down_proj", "fc2"), ("down_proj", "fc2"),
    ("v_proj,k_proj,q_proj", "qkv"), ("QKV", "qkv"), ("qkv_proj,qkv,,", "qkv"), ("up_proj+gate_proj", "fc1"),
  ])
  func parsing(text: String, label: String) throws {
    #expect(try Targets(parsing: text).label == label)
    #expect(try Targets(parsing: label) == Targets(parsing: text))
  }

  @Test("of projections in every layer label, code and groups say what the set holds")
  func everySet() throws {
    let modules = LinearModule.split + TargetGroup.conv.modules + TargetGroup.linear.modules
    for bits in stride(from: 1, to: 1 << modules.count, by: 37) {
      let set = Targets(modules: modules.indices.filter { bits & 1 << $0 != 0 }.map { modules[$0] })
      #expect(try Targets(parsing: set.label) == set, "\(set.label)")
      let whole = TargetGroup.allCases.filter { Set($0.modules).isSubset(of: set.modules) }
      #expect(set.groups == whole)
      let isUnion = Set(whole.flatMap(\.modules)) == Set(set.modules)
      #expect(set.isCombination == isUnion && (set.code != nil) == isUnion)
      if isUnion { #expect(set.code == String(whole.reduce(0) { $0 + $1.bit }, radix: 16, uppercase: true)) }
      var vision = set
      vision.formUnion(.vision)
      #expect(vision.label == set.label + "+vision" && !vision.isCombination)
    }
  }

  @Test func refusalsListWhatWouldMatch() {
    #expect(throws: TargetError.unknown(name: "Wqkv", candidates: Targets.candidates)) {
      try Targets(parsing: "fc1,Wqkv")
    }
    #expect(throws: TargetError.empty(candidates: Targets.candidates)) { try Targets(parsing: " , ") }
    let text = "\(TargetError.unknown(name: "Wqkv", candidates: Targets.candidates))"
    for name in ["Wqkv", "qkv", "o_proj", "fc1", "fc2", "gate_up_proj", "gate_down_proj", "q_proj", "down_proj", "all"]
    {
      #expect(text.contains(name))
    }
    #expect(!text.contains("\n"))
    #expect(Set(Targets.candidates).count == Targets.candidates.count)
  }

  @Test func combinationsAreTheArticles() {
    #expect(Targets.fifteen.count == 15 && Set(Targets.fifteen).count == 15)
    #expect(Targets.fifteen[0].label == "qkv" && Targets.fifteen[1].label == "o_proj")
    #expect(Targets.fifteen[8].label == "qkv+fc2" && Targets.fifteen[14].modules == LinearModule.split)
    #expect(
      Targets.articleNine.map(\.label) == [
        "qkv", "o_proj", "fc1", "fc2", "o_proj+fc1", "qkv+fc2", "o_proj+fc2", "qkv+fc1", "qkv+o_proj+fc1+fc2",
      ])
  }
}

@Suite struct TargetsLayersTests {
  private func selection(_ text: String) throws -> LayerSelection { try LayerSelection(parsing: text) }

  @Test func layersShowInLabelAndCells() throws {
    var set: Targets = [.qkv, .oProj]
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
    var set: Targets = .fc2
    set.setLayers(try selection("4-"), of: .fc2)
    #expect(!set.contains(.fc2) && !set.isDisjoint(with: .fc2) && !set.isEmpty)
    #expect(set.contains(set) && Targets.fc2.contains(set))
    #expect(set.union(.fc2) == .fc2 && set.union(.oProj).label == "o_proj+fc2@4-")
    #expect(set.union(.oProj).intersection(.fc2) == set)
    set.subtract(.fc2)
    #expect(set.isEmpty && set == [])
  }

  @Test func parametersCountTheChosenLayersOnly() throws {
    let shape = LinearShape(rows: 3, columns: 2)
    let model = ModelLinears(
      decoder: BlockLinears(count: 4, shapes: Dictionary(uniqueKeysWithValues: LinearModule.split.map { ($0, shape) })))
    func count(_ set: Targets) -> Int {
      model.adapterParameters(set.present(in: model), useDoRA: false) { _ in 2 }
    }
    var set: Targets = .qkv
    #expect(count(set) == 4 * 3 * 10)
    set.setLayers(try selection("0,last:2"), of: .qProj)
    #expect(count(set) == (4 + 4 + 3) * 10)
    #expect(throws: Never.self) { try set.check(in: model) }
    var short = model
    short.decoder.count = 1
    let error = #expect(throws: TargetError.self) { try set.check(in: short) }
    #expect(error?.description.contains("q_proj@0,last:2: the model has only 1 layers") == true)
  }

  @Test func storedRunsKeepTheirNumberAndLayersTheirNames() throws {
    let encoder = JSONEncoder()
    #expect(String(decoding: try encoder.encode([Targets.all]), as: UTF8.self) == "[127]")
    #expect(try JSONDecoder().decode([Targets].self, from: Data("[127, 9]".utf8)) == [.all, [.qProj, .oProj]])
    var set: Targets = [.oProj, .fc2]
    set.setLayers(try selection("1-2"), of: .oProj)
    let data = try encoder.encode([set])
    #expect(String(decoding: data, as: UTF8.self).contains("\"o_proj\":\"1-2\""))
    #expect(try JSONDecoder().decode([Targets].self, from: data) == [set])
    #expect(throws: DecodingError.self) {
      try JSONDecoder().decode([Targets].self, from: Data(#"[{"o_proj": "x"}]"#.utf8))
    }
  }

  @Test func aTowerIsAPartOfItsOwn() throws {
    var set: Targets = [.qkv, .vision]
    #expect(set.label == "qkv+vision" && set.cells() == "Q···V" && set.moduleNames.last == "vision")
    #expect(set.hexDigit == nil && !set.isCombination && set.groups == [.qkv])
    #expect(Targets.all.isDisjoint(with: .vision) && Targets.fifteen.allSatisfy { $0.isDisjoint(with: .vision) })
    let shape = LinearShape(rows: 3, columns: 2)
    var model = ModelLinears(
      decoder: BlockLinears(count: 2, shapes: Dictionary(uniqueKeysWithValues: LinearModule.split.map { ($0, shape) })))
    let error = #expect(throws: TargetError.self) { try set.check(in: model) }
    #expect(error?.description.contains("qkv, o_proj, fc1, fc2") == true)
    model.vision = BlockLinears(count: 2, shapes: [.qProj: shape, .upProj: shape])
    #expect(throws: Never.self) { try set.check(in: model) }
    let encoder = JSONEncoder()
    #expect(String(decoding: try encoder.encode([set]), as: UTF8.self) == "[135]")
    set.setLayers(try selection("last:1"), of: .vision)
    #expect(set.label == "qkv+vision@last:1")
    #expect(try JSONDecoder().decode([Targets].self, from: try encoder.encode([set])) == [set])
    func count(_ set: Targets, useDoRA: Bool = false) -> Int {
      model.adapterParameters(set.present(in: model), useDoRA: useDoRA) { _ in 2 }
    }
    #expect(count(.qkv) == 6 * 10)
    #expect(count(.vision) == 4 * 10)
    #expect(count(set, useDoRA: true) == (6 + 2) * 13)
    set.subtract(.vision)
    #expect(set == .qkv && !set.isRestricted)
  }

  @Test func combinationsComeFirst() throws {
    var partial: Targets = .oProj
    partial.setLayers(try selection("1"), of: .oProj)
    let sets: [Targets] = [partial, .qProj, .all, .oProj]
    #expect(sets.sorted(by: Targets.precedes).map(\.label) == ["o_proj", "qkv+o_proj+fc1+fc2", "q_proj", "o_proj@1"])
  }
}
