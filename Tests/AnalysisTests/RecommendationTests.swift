import Analysis
import Foundation
import Messages
import Recipe
import Testing

@Suite struct RecommendationTests {
  private func cell(_ targets: Targets, right: Int, overhead: Double?) -> StudyCell {
    var cell = StudyDifferenceTests.cell(targets, [(0..<200).map { $0 < right ? 1 : 0 }])
    cell.overheadPercent = overhead.map { Interval(estimate: $0, low: $0 - 1, high: $0 + 1) }
    cell.p95 = overhead.map { 10 + $0 / 10 }
    return cell
  }

  private func table(_ cells: [StudyCell], base: Int? = 20) -> StudyTable {
    let dataset = StudyDataset(
      name: "medmcqa", modality: .text, reasoning: false, metric: "accuracy", evaluationExamples: 200,
      base: base.map { cell([], right: $0, overhead: nil) }, cells: cells)
    return StudyTable(
      origin: .measured, baseModel: "builtin", datasets: [dataset],
      costs: Dictionary(
        uniqueKeysWithValues: cells.compactMap { cell in
          cell.overheadPercent.map {
            (cell.targets, StudyCost(unit: .overheadPercent, value: $0.estimate, interval: $0))
          }
        }))
  }

  @Test func accuracyFirstTakesTheFastestThatIsNotWorse() {
    // One right answer less is half a point: within the margin, and no test can tell.
    let advice = Recommendations(
      table([
        cell(.oProj, right: 150, overhead: 4), cell([.oProj, .fc2], right: 189, overhead: 9),
        cell(.all, right: 190, overhead: 28),
      ])
    ).overall()
    #expect(advice[0].targets == [.oProj, .fc2])
    #expect(advice[0].reason.contains("94.50 % against 95.00 % of qkv+o_proj+fc1+fc2"))
    #expect(advice[1].targets == .oProj)
    #expect(advice[2].targets == [.oProj, .fc2])
    #expect(advice[0].runs == [1])
    #expect(advice[0].missing.contains("one seed says nothing about seeds: run at least two"))
  }

  @Test func withinTheMarginButSignificantlyWorseIsNotTaken() {
    var options = RecommendationOptions()
    options.margin = 20
    let cells = [cell(.oProj, right: 160, overhead: 4), cell(.all, right: 190, overhead: 28)]
    #expect(Recommendations(table(cells), options: options).overall()[0].targets == .all)
  }

  @Test func theBudgetDecidesBalanced() {
    let cells = [
      cell(.oProj, right: 150, overhead: 4), cell([.oProj, .fc2], right: 170, overhead: 9),
      cell(.all, right: 190, overhead: 28),
    ]
    var options = RecommendationOptions()
    options.budget = .overheadPercent(10)
    #expect(Recommendations(table(cells), options: options).overall()[1].targets == [.oProj, .fc2])
    options.budget = .overheadPercent(1)
    let none = Recommendations(table(cells), options: options).overall()[1]
    #expect(none.targets == nil)
    #expect(none.reason.contains("the cheapest is o_proj at +4.0 ± 1.0 % over the base's TPOT"))
    options.budget = .milliseconds(10.5)
    #expect(Recommendations(table(cells), options: options).overall()[1].targets == .oProj)
  }

  @Test func nothingIsPickedFromTooLittle() {
    let advice = Recommendations(table([cell(.oProj, right: 150, overhead: 4)], base: nil)).overall()
    #expect(advice.allSatisfy { $0.targets == nil })
    #expect(advice[2].missing == ["the base alone was not scored on medmcqa"])
    // Without a measured latency a combination is not recommended, but it is mentioned.
    let unmeasured = Recommendations(
      table([
        cell(.oProj, right: 150, overhead: 4), cell(.fc1, right: 140, overhead: 6),
        cell(.all, right: 190, overhead: nil),
      ])
    ).overall()
    #expect(unmeasured[0].targets == .oProj)
    #expect(unmeasured[0].missing.contains { $0.contains("higher mean (95.00 % against 75.00 %)") })
  }

  @Test func partsAreModalitiesAndDataSets() throws {
    let published = Recommendations(try PublishedStudy.standard().table).byPart()
    #expect(Set(published.map(\.scope)).isSuperset(of: ["text", "image", "with reasoning traces", "MedMCQA"]))
    #expect(published.first { $0.scope == "MedReason" && $0.kind == .accuracy }?.targets == .oProj)
    #expect(published.first { $0.scope == "CoCoHD" && $0.kind == .accuracy }?.targets == [.oProj, .fc2])
    #expect(Recommendations(table([cell(.oProj, right: 1, overhead: 1)])).byPart().isEmpty)
  }

  @Test func difficultyIsAPartToo() throws {
    let recommendations = Recommendations(try PublishedStudy.standard().table)
    let names = recommendations.scopes.map(\.name)
    #expect(names.first == "all data sets")
    #expect(names.contains("hard: the base under 50 %") && names.contains("easier: the base at 50 % or more"))
    let easy = try #require(recommendations.scopes.first { $0.name.hasPrefix("easier") })
    #expect(easy.datasets.map(\.name) == ["FinCOT"])
    #expect(recommendations.cards(easy)[2].targets == nil)
    let hard = try #require(recommendations.scopes.first { $0.name.hasPrefix("hard") })
    #expect(recommendations.cards(hard)[0].targets == recommendations.overall()[2].targets)
  }

  @Test func aPickComesWithItsFiguresAndItsEvidence() throws {
    let cells = [cell(.oProj, right: 150, overhead: 4), cell(.all, right: 190, overhead: 28)]
    let pick = Recommendations(table(cells)).overall()[0]
    let figures = try #require(pick.figures)
    #expect(figures.score.estimate == 95 && figures.score.low < 95 && figures.score.high > 95)
    #expect(figures.cost.value == 28)
    #expect(figures.seeds == 1 && figures.examples == 200)
    // Nothing beats either of them in both.
    #expect(figures.frontProbability == 1)
    #expect(pick.evidence == [1, 1])
    let published = try #require(Recommendations(try PublishedStudy.standard().table).overall()[0].figures)
    #expect(published.seeds == 0 && published.score.halfWidth == 0 && published.frontProbability == nil)
  }

  @Test(arguments: [
    ("10", LatencyBudget.overheadPercent(10)), ("7.5 %", .overheadPercent(7.5)), ("8ms", .milliseconds(8)),
    ("ten", nil), ("-3ms", nil), ("nan", nil),
  ])
  func budgets(text: String, expected: LatencyBudget?) {
    #expect(LatencyBudget(parsing: text) == expected)
  }

  // MARK: Configurations

  private var configuration: ToolConfiguration {
    var settings = RunSettings()
    settings.rank = 16
    settings.alpha = 32
    settings.learningRate = 3e-3
    settings.schedule = .linear
    settings.warmupSteps = 10
    settings.epochs = 3
    settings.sequenceLength = 128
    settings.packing = false
    return ToolConfiguration(
      baseModel: "meta-llama/Llama-3.2-1B",
      modules: ["model.layers.0.self_attn.o_proj", "model.layers.0.mlp.down_proj", "model.layers.1.self_attn.o_proj"],
      targets: [.oProj, .fc2], settings: settings, steps: 225, data: ToolData(path: "/data/my set.jsonl"),
      note: "lorascope: o_proj+fc2"
    )
  }

  @Test func peft() throws {
    let object = try #require(
      JSONSerialization.jsonObject(with: Data(configuration.text(for: .peft).utf8)) as? [String: Any])
    #expect(object["target_modules"] as? [String] == ["o_proj", "down_proj"])
    #expect(object["r"] as? Int == 16)
    #expect(object["lora_alpha"] as? Int == 32)
    #expect(object["peft_type"] as? String == "LORA")
    #expect(object["base_model_name_or_path"] as? String == "meta-llama/Llama-3.2-1B")
    #expect(object["use_rslora"] as? Bool == false)
  }

  private func expect(_ text: String, has lines: [String]) {
    let all = Set(text.split(separator: "\n").map(String.init))
    for line in lines { #expect(all.contains(line), "missing: \(line)") }
  }

  /// GPT-2 has two layers called `c_proj`; each tool is told of DoRA in its own way.
  @Test func namesThatAreNotUniqueAndDoRA() throws {
    var plan = configuration
    plan.modules = ["transformer.h.0.attn.c_attn", "transformer.h.0.attn.c_proj", "transformer.h.0.mlp.c_fc"]
    plan.settings.useDoRA = true
    let object = try #require(
      JSONSerialization.jsonObject(with: Data(plan.text(for: .peft).utf8)) as? [String: Any])
    #expect(object["target_modules"] as? [String] == ["c_attn", "attn.c_proj", "c_fc"])
    #expect(object["use_dora"] as? Bool == true)
    expect(plan.text(for: .llamaFactory), has: ["lora_target: c_attn,attn.c_proj,c_fc", "use_dora: true"])
    expect(plan.text(for: .axolotl), has: ["  - attn.c_proj", "peft_use_dora: true"])
    expect(plan.text(for: .mlx), has: ["fine_tune_type: dora"])
  }

  /// LFM2 has two layers called `out_proj`, in blocks of two kinds; each has its group's rank.
  @Test func namesOfBlocksThatDiffer() throws {
    var plan = configuration
    plan.modules = [
      "model.layers.0.conv.in_proj", "model.layers.0.conv.out_proj", "model.layers.2.self_attn.q_proj",
      "model.layers.2.self_attn.out_proj", "model.layers.2.feed_forward.w2",
    ]
    plan.targets = [.qProj, .oProj, .fc2, .conv]
    (plan.settings.rank, plan.settings.alpha) = (8, 16)
    plan.settings.rankByGroup[.conv] = 4
    let object = try #require(
      JSONSerialization.jsonObject(with: Data(plan.text(for: .peft).utf8)) as? [String: Any])
    #expect(
      object["target_modules"] as? [String]
        == ["conv.in_proj", "conv.out_proj", "q_proj", "self_attn.out_proj", "w2"])
    #expect(object["rank_pattern"] as? [String: Int] == ["conv.in_proj": 4, "conv.out_proj": 4])
  }

  @Test func precision() {
    var plan = configuration
    for tool in [ToolConfiguration.Tool.llamaFactory, .axolotl] {
      plan.settings.useBF16 = false
      #expect(!plan.text(for: tool).contains("bf16"))
      plan.settings.useBF16 = true
      expect(plan.text(for: tool), has: ["bf16: true"])
    }
  }

  /// Decoder and tower of a base that sees have modules of the same names.
  @Test func aBaseThatSees() throws {
    var plan = configuration
    plan.modules = (0..<2).flatMap { layer in
      ["self_attn.o_proj", "mlp.down_proj"].map { "model.text_model.layers.\(layer).\($0)" }
    }
    let object = try #require(
      JSONSerialization.jsonObject(with: Data(plan.text(for: .peft).utf8)) as? [String: Any])
    let pattern = try #require(object["target_modules"] as? String)
    #expect(pattern == #"model\.text_model\.layers\.\d+\.(self_attn\.o_proj|mlp\.down_proj)"#)
    let expression = try Regex(pattern)
    for module in plan.modules { #expect(module.wholeMatch(of: expression) != nil) }
    #expect("model.vision_model.encoder.layers.0.self_attn.o_proj".wholeMatch(of: expression) == nil)
    expect(
      plan.text(for: .llamaFactory),
      has: [
        "lora_target: model.text_model.layers.0.self_attn.o_proj,model.text_model.layers.0.mlp.down_proj,"
          + "model.text_model.layers.1.self_attn.o_proj,model.text_model.layers.1.mlp.down_proj"
      ])
    expect(
      plan.text(for: .axolotl),
      has: [#"lora_target_modules: "model\\.text_model\\.layers\\.\\d+\\.(self_attn\\.o_proj|mlp\\.down_proj)""#])
    expect(plan.text(for: .mlx), has: [#"  keys: ["self_attn.o_proj", "mlp.down_proj"]"#])
  }

  @Test func formsOfData() {
    var plan = configuration
    plan.data = ToolData(path: "/data/chat.jsonl", form: .messages, imageField: "images")
    #expect(
      plan.text(for: .llamaFactory).contains(
        #""formatting": "sharegpt", "columns": {"messages": "messages", "images": "images"}, "tags": {"role_tag": "role""#
      ))
    expect(plan.text(for: .axolotl), has: ["    type: chat_template", "    field_messages: messages"])
    plan.data = ToolData(path: "/data/share.jsonl", form: .shareGPT)
    #expect(plan.text(for: .llamaFactory).contains(#""columns": {"messages": "conversations"}}"#))
    expect(
      plan.text(for: .axolotl), has: ["    field_messages: conversations", "      role: from", "      content: value"])
    plan.data = ToolData(path: "/data/a.json", form: .alpaca, promptField: "instruction", completionField: "output")
    #expect(
      plan.text(for: .llamaFactory).contains(
        #""columns": {"prompt": "instruction", "query": "input", "response": "output"}"#))
    expect(plan.text(for: .axolotl), has: [#"      field_input: "input""#, #"      format: "{instruction}\n{input}""#])
    plan.data = ToolData(path: "/data/q.csv", promptField: "question", completionField: "answer")
    expect(
      plan.text(for: .axolotl),
      has: ["    ds_type: csv", #"      field_instruction: "question""#, #"      field_output: "answer""#])
    expect(plan.text(for: .mlx), has: [#"prompt_feature: "question""#, #"completion_feature: "answer""#])
  }

  /// What a file calls its fields is read from the file.
  @Test func llamaFactory() {
    expect(
      configuration.text(for: .llamaFactory),
      has: [
        "# lorascope: o_proj+fc2", "model_name_or_path: \"meta-llama/Llama-3.2-1B\"", "stage: sft",
        "finetuning_type: lora", "lora_target: o_proj,down_proj", "lora_rank: 16", "lora_alpha: 32",
        "dataset_dir: \"/data\"", "cutoff_len: 128", "packing: false", "learning_rate: 0.003",
        "num_train_epochs: 3.0", "lr_scheduler_type: linear", "warmup_steps: 10", "max_grad_norm: 1",
      ])
    #expect(configuration.text(for: .llamaFactory).contains(#""file_name": "my set.jsonl""#))
  }

  @Test func axolotl() {
    var plan = configuration
    plan.settings.steps = 40
    plan.settings.learningRateRatio = 16
    plan.settings.schedule = .constant
    expect(
      plan.text(for: .axolotl),
      has: [
        "base_model: \"meta-llama/Llama-3.2-1B\"", "adapter: lora", "lora_r: 16", "lora_target_modules:", "  - o_proj",
        "  - down_proj", "loraplus_lr_ratio: 16.0", "  - path: \"/data/my set.jsonl\"", "max_steps: 40",
        "lr_scheduler: constant_with_warmup", "sample_packing: false",
      ])
  }

  /// PEFT's patterns; what the other files cannot say is said above them.
  @Test func valuesByGroup() {
    var plan = configuration
    plan.settings.alpha = nil
    plan.settings.rankByGroup = ByGroup([.fc2: 4, .qkv: 2])
    plan.settings.learningRateByGroup = ByGroup([.oProj: 6e-3])
    expect(
      plan.text(for: .peft), has: [#"  "rank_pattern": {"down_proj": 4},"#, #"  "alpha_pattern": {"down_proj": 8},"#])
    for tool in [ConfigurationTool.llamaFactory, .axolotl, .mlx] {
      expect(
        plan.text(for: tool),
        has: ["# The run had by module group, which this file does not say: rank fc2=4; lr o_proj=0.006"])
    }
    #expect(!configuration.text(for: .peft).contains("pattern"))
  }

  @Test func mlx() {
    expect(
      configuration.text(for: .mlx),
      has: [
        "  keys: [\"self_attn.o_proj\", \"mlp.down_proj\"]", "  rank: 16", "  scale: 2.0", "iters: 225",
        "num_layers: -1", "mask_prompt: true", "  name: linear_schedule", "  arguments: [0.003, 0.0, 215]",
      ])
    var plan = configuration
    plan.modules = []
    plan.targets = .qkv
    plan.steps = nil
    plan.settings.useRSLoRA = true
    let text = plan.text(for: .mlx)
    #expect(text.contains("keys: [\"self_attn.q_proj\", \"self_attn.k_proj\", \"self_attn.v_proj\"]"))
    #expect(text.contains("scale: 8.0"))
    #expect(text.contains("# not known before a run"))
  }
}
