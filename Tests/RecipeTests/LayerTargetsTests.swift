import Recipe
import Testing

@Suite struct LayerTargetsTests {
  private func model(_ layers: Int) -> ModelLinears {
    let shape = LinearShape(rows: 1, columns: 1)
    return ModelLinears(
      decoder: BlockLinears(
        count: layers, shapes: Dictionary(uniqueKeysWithValues: LinearModule.split.map { ($0, shape) })))
  }

  @Test(
    arguments: [
      ("o_proj@0-11", "o_proj@0-11"), ("qkv@4", "qkv@4"), ("fc2@last:4", "fc2@last:4"), ("all@last:8", "all@last:8"),
      ("q_proj@0-3,5", "q_proj@0-3,5"), ("q_proj@0-3,5,o_proj", "q_proj@0-3,5+o_proj"),
      ("o_proj+q_proj@5,0-3", "q_proj@0-3,5+o_proj"), ("Q_PROJ@LAST:2,FC2@1-", "q_proj@last:2+fc2@1-"),
      ("q_proj@3+k_proj@3 v_proj@3", "qkv@3"), ("qkv@3,q_proj@4", "q_proj@3-4+k_proj@3+v_proj@3"),
      ("o_proj@0-3,4-7", "o_proj@0-7"), ("o_proj@0-3,2,9-,8", "o_proj@0-3,8-"), ("o_proj@4-,0-5", "o_proj"),
      ("o_proj@0-", "o_proj"), ("all@0-", "qkv+o_proj+fc1+fc2"), ("o_proj@2,o_proj", "o_proj"),
      ("qkv@1,2+o_proj@1-2,fc1@1,2,fc2@1,2", "all@1-2"), ("fc1@7,last:2", "fc1@7,last:2"), ("o_proj@ 3", nil),
      ("o_proj@last:2,last:3", "o_proj@last:3"), ("gate_up_proj@1", "fc1@1"), ("fc1,fc1@3", "fc1"),
    ] as [(String, String?)])
  func parsing(text: String, label: String?) throws {
    guard let label else {
      #expect(throws: TargetError.self) { try Targets(parsing: text) }
      return
    }
    let targets = try Targets(parsing: text)
    #expect(targets.label == label)
    #expect(try Targets(parsing: targets.label) == targets)
  }

  @Test func pathsAreTheLayersThatWereNamed() throws {
    func layers(_ text: String, of count: Int) throws -> [String] {
      try Targets(parsing: text).paths(in: model(count)).map { "\($0.layer).\($0.module.rawValue)" }
    }
    #expect(try layers("o_proj@1-2,q_proj@last:1", of: 4) == ["1.o_proj", "2.o_proj", "3.q_proj"])
    #expect(try layers("down_proj@2-", of: 4) == ["2.down_proj", "3.down_proj"])
    #expect(try layers("down_proj@0,last:2", of: 4) == ["0.down_proj", "2.down_proj", "3.down_proj"])
    #expect(try layers("fc2", of: 2) == ["0.down_proj", "1.down_proj"])
    // Back from an adapter's paths, in the same words where they were numbers.
    for text in ["o_proj@1-2+fc2", "q_proj@0,3", "qkv+o_proj"] {
      let targets = try Targets(parsing: text)
      #expect(try Targets(paths: targets.paths(in: model(4)), in: model(4)) == targets)
    }
    #expect(try Targets(paths: Targets(parsing: "fc2@last:2").paths(in: model(4)), in: model(4)).label == "fc2@2-3")
  }

  @Test(arguments: [
    ("o_proj@0-11", 6, "target o_proj@0-11: there is no layer 11; the model has layers 0 to 5"),
    ("fc2@6-", 6, "target down_proj@6-: there is no layer 6; the model has layers 0 to 5"),
    ("all@last:7", 6, "target q_proj@last:7: the model has only 6 layers"),
  ])
  func layersThatTheModelLacksAreRefused(text: String, layers: Int, message: String) throws {
    let targets = try Targets(parsing: text)
    let error = #expect(throws: TargetError.self) { try targets.check(in: model(layers)) }
    #expect(error?.description == message && error?.exitStatus == 64)
    // Nothing is dropped on the way to an adapter either.
    #expect(throws: TargetError.self) { try targets.paths(in: model(layers)) }
    #expect(throws: Never.self) { try Targets(parsing: "o_proj@0-5,last:6").check(in: model(6)) }
  }

  @Test(arguments: [
    ("o_proj@", "no layers are named after @"), ("o_proj@5-3", "layers 5-3 are empty; write 3-5"),
    ("fc2@-4-", "\"-4-\" names no layers"), ("fc2@last", "\"last\" names no layers"), ("fc2@last:0", "last:0"),
    ("fc2@1,x_proj", "unknown target module \"x_proj\""), ("fc2@1-2-3", "\"1-2-3\""), ("fc2@99999", "\"99999\""),
    ("fc2@0-99999999999999999999", "names no layers"), ("fc2@1@2", "\"1@2\""), ("fc2@٣", "names no layers"),
    ("oproj", "did you mean o_proj?"), ("q_prj@1", "did you mean q_proj?"), ("fc3", "did you mean fc1 or fc2?"),
    ("Wqkv", "did you mean qkv?"), ("completely_else", "\"completely_else\"; what would match: qkv"),
  ])
  func refusalsSayWhatToWrite(text: String, part: String) {
    let error = #expect(throws: TargetError.self) { try Targets(parsing: text) }
    #expect(error?.description.contains(part) == true, "\(error?.description ?? "")")
    #expect(error?.description.contains("\n") == false)
  }
}
