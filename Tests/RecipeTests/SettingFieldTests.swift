import Foundation
import Recipe
import Testing

/// The table of settings leaves nothing out, and says what it always said.
@Suite struct SettingFieldTests {
  /// Another value than the default.
  private func other(_ field: SettingField) -> SettingValue? {
    switch field.values {
    case .flag: .flag(field.value(RunSettings()) == .flag(false))
    case .whole(let range): .whole(min(3, range.upperBound))
    case .seed: .seed(3)
    case .number: .number(0.5)
    case .wordOrSeed(let words): words.last.map { .text($0) }
    case .choice(let names): names.last.map { .text($0) }
    case .text: .text("x")
    case .byGroup: .text("o_proj=3")
    }
  }

  private func changed(_ field: SettingField) -> RunSettings {
    var settings = RunSettings()
    let isTaken = field.put(other(field), &settings)
    #expect(isTaken, "\(field.key)")
    return settings
  }

  /// The stored properties that differ from the defaults.
  private func properties(_ settings: RunSettings) -> [String] {
    zip(Mirror(reflecting: settings).children, Mirror(reflecting: RunSettings()).children).compactMap { own, standard in
      String(describing: own.value) == String(describing: standard.value) ? nil : own.label
    }
  }

  @Test func everyPropertyHasItsField() {
    let fields = SettingField.all.flatMap { properties(changed($0)) }
    #expect(fields.count == SettingField.all.count && Set(fields).count == fields.count)
    #expect(Set(fields) == Set(Mirror(reflecting: RunSettings()).children.compactMap(\.label)))
    for names in [SettingField.all.map(\.key), SettingField.all.map(\.stored), SettingField.all.map(\.title)] {
      #expect(Set(names).count == names.count)
    }
  }

  @Test func jsonKeepsEverySetting() throws {
    for field in SettingField.all {
      let settings = changed(field)
      let data = try JSONEncoder().encode(settings)
      #expect(try JSONDecoder().decode(RunSettings.self, from: data) == settings, "\(field.key)")
      let object = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
      #expect(object[field.stored] != nil)
    }
  }

  /// What every version has stored, and what came later only where it is not the default.
  @Test func theKeysOfTheFirstVersionAreStored() throws {
    let data = try JSONEncoder().encode(RunSettings())
    let object = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    let keys = [
      "batchSize", "clip", "dropout", "epochs", "gradientAccumulation", "learningRate", "learningRateRatio",
      "measureLatency", "packing", "rank", "schedule", "seed", "sequenceLength", "shuffle", "useRSLoRA", "warmupSteps",
      "weightDecay",
    ]
    #expect(object.keys.sorted() == keys)
    for key in keys {
      var damaged = object
      damaged[key] = nil
      let data = try JSONSerialization.data(withJSONObject: damaged)
      #expect(throws: DecodingError.self) { try JSONDecoder().decode(RunSettings.self, from: data) }
    }
  }

  @Test func whatIsDecided() {
    func keys(_ decided: SettingField.Decides) -> Set<String> {
      Set(SettingField.all.filter { $0.decides.isSuperset(of: decided) }.map(\.key))
    }
    #expect(
      Set(SettingField.all.map(\.key)).subtracting(keys(.result)) == ["few_shot", "output", "eval_every", "python"])
    #expect(
      keys(.evaluation) == [
        "data_version", "group_field", "evaluation_examples", "evaluation_split", "metric", "answer_pattern",
        "max_new_tokens", "early_stop", "few_shot", "eval_bf16",
        "data_format",
        "prompt_field", "completion_field", "image_field", "image_root", "chat_template", "turns", "engine", "device",
        "load_in",
      ])
    for field in SettingField.all {
      let settings = changed(field)
      #expect((settings.keeping(.evaluation) == RunSettings()) == !field.decides.contains(.evaluation), "\(field.key)")
      let differences = settings.differences(from: RunSettings(), in: .training)
      #expect(differences.isEmpty == !field.decides.contains(.training), "\(field.key)")
      #expect(differences.allSatisfy { $0.hasPrefix(field.flag + " ") || field.flag.hasPrefix("no-") })
    }
    #expect(!RunSettings().evaluationOnly.measureLatency)
    #expect(RunSettings { $0.dropout = 0.3 }.timing.dropout == 0.1)
    let matched = RunSettings {
      ($0.rank, $0.rankByGroup, $0.parameterBudget) = (40, ByGroup([.oProj: 4]), 1000)
    }
    #expect(matched.timing.rank == 0 && matched.timing.rankByGroup.isEmpty)
  }

  @Test(arguments: [
    ("rank", SettingValue.whole(4096), true), ("rank", .whole(4097), false), ("rank", .whole(0), false),
    ("alpha", .number(0), false), ("alpha", .number(1e-60), false), ("alpha", .number(1e38), true),
    ("lr", .number(0), false), ("lr", .number(-1e-9), false), ("lr", .number(.infinity), false),
    ("lr", .number(.nan), false), ("dropout", .number(0.99), true), ("dropout", .number(1), false),
    ("dropout", .number(0.999_999_999_9), false), ("batch_size", .whole(1 << 20), true),
    ("sequence_length", .whole(1), false), ("schedule", .text("steep"), false), ("rank", .number(3), false),
  ])
  func ranges(key: String, value: SettingValue, isTaken: Bool) throws {
    let field = try #require(SettingField.named(key))
    #expect((field.expected(insteadOf: value) == nil) == isTaken)
  }

  /// What one engine has no word for is refused, whichever front end it came from.
  @Test func settingsOfOneEngineAreRefusedWithTheOther() throws {
    for change in [
      { $0.device = .cuda }, { $0.loadIn = .fourBit }, { $0.python = "python3" },
      { ($0.engine, $0.promptOnly) = (.peft, true) }, { ($0.engine, $0.evaluatesInBF16) = (.peft, true) },
      { ($0.engine, $0.device, $0.loadIn) = (.peft, .cpu, .fourBit) },
    ] as [(inout RunSettings) -> Void] {
      #expect(throws: SettingProblem.self) { try RunSettings(change).validate() }
    }
    let settings = RunSettings { ($0.engine, $0.device, $0.loadIn, $0.python) = (.peft, .cuda, .fourBit, "python3") }
    #expect(throws: Never.self) { try settings.validate() }
    // The base is evaluated as its runs are, by the same interpreter; that decides nothing else.
    let base = settings.evaluationOnly
    #expect((base.engine, base.device, base.loadIn, base.python) == (.peft, .cuda, .fourBit, "python3"))
    #expect(!RunSettings { ($0.engine, $0.useBF16) = (.peft, true) }.needsBF16)
  }

  @Test func refusalsSayBothEnds() throws {
    let problem = #expect(throws: SettingProblem.self) { try RunSettings { $0.rank = 0 }.validate() }
    #expect(problem?.description == "rank is 0, but must be a whole number from 1 to 4096")
    let ratio = #expect(throws: SettingProblem.self) { try RunSettings { $0.learningRateRatio = 0 }.validate() }
    #expect(ratio?.description == "lr-ratio is 0.0, but must be a number over 0 and at most 1e+38")
    #expect(throws: Never.self) { try RunSettings().validate() }
  }
}
