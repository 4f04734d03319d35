import Builtin
import Foundation
import Testing
import Text
import Training

/// Small files in each published form.
@Suite struct ImportedTaskTests {
  private func train(_ task: ImportedTask) -> [Example] { task.examples(split: .train, count: .max, seed: 0) }

  private func evaluation(_ task: ImportedTask) -> [Example] {
    task.examples(split: .evaluation, count: .max, seed: 0)
  }

  private func question(_ number: Int, cop: Int, id: String = "x") -> String {
    #"{"id":"\#(id)\#(number)","question":"Which is \#(number)?","opa":"one","opb":"two","opc":"three","opd":"four","cop":\#(cop),"#
      + #""choice_type":"single","exp":null,"subject_name":"S","topic_name":null}"# + "\n"
  }

  // MARK: MedMCQA

  @Test func medMCQACountsFromOneInItsJSON() throws {
    let folder = try DataFolder()
    try folder.write(question(1, cop: 1) + question(4, cop: 4), "train.json")
    try folder.write(question(2, cop: 2, id: "d"), "dev.json")
    try folder.write(question(3, cop: 3, id: "t").replacing(#""cop":3,"#, with: ""), "test.json")
    let task = try ImportedTask(.medmcqa, at: folder.url)
    #expect(train(task).map(\.completion) == [" one. Final: [A]", " four. Final: [D]"])
    #expect(
      train(task).first?.prompt
        == "Question: Which is 1?\n- one [A]\n- two [B]\n- three [C]\n- four [D]\nAnswer:")
    #expect(evaluation(task).map(\.completion) == [" two. Final: [B]"])
    #expect(task.detected == "MedMCQA, 2 examples of train.json, 1 for evaluation of dev.json")
    for example in train(task) + evaluation(task) {
      #expect(task.metric.score(output: example.completion, example: example).value == 1)
    }
    #expect(task.metric.score(output: "it is three", example: try #require(evaluation(task).first)).parsed == false)
  }

  @Test func medMCQACountsFromZeroWithMinusOneElsewhere() throws {
    let folder = try DataFolder()
    let file = try folder.write(question(1, cop: 0) + question(2, cop: 3) + question(3, cop: -1), "medmcqa.jsonl")
    let task = try ImportedTask(.medmcqa, at: file)
    #expect(train(task).map(\.completion) == [" one. Final: [A]", " four. Final: [D]"])
    #expect(task.detected == "MedMCQA, 2 examples of medmcqa.jsonl; left out: 1 without an answer")
    let mixed = try folder.write(question(1, cop: 0) + question(2, cop: 4), "mixed.jsonl")
    let error = #expect(throws: DataError.self) { try ImportedTask(.medmcqa, at: mixed) }
    #expect(error?.description.contains("line 2") == true && error?.exitStatus == 65)
    let wild = try folder.write(question(1, cop: 7), "wild.jsonl")
    #expect(throws: DataError.self) { try ImportedTask(.medmcqa, at: wild) }
  }

  @Test func medMCQAAsCSV() throws {
    let folder = try DataFolder()
    let file = try folder.write(
      "id,question,opa,opb,opc,opd,cop\na,\"What, then?\",x,y,z,w,4\nb,So?,x,y,z,w,1\n", "validation.csv")
    // The file that is named is all there is: it is trained on, or, where it is asked for, evaluated.
    #expect(train(try ImportedTask(.medmcqa, at: file)).map(\.completion) == [" w. Final: [D]", " x. Final: [A]"])
    let both = try ImportedTask(.medmcqa, at: file, evaluation: .file(path: file.path))
    #expect(evaluation(both).map(\.prompt) == train(both).map(\.prompt))
    let share = try ImportedTask(.medmcqa, at: file, evaluation: .share(0.5))
    #expect(train(share).count == 1 && evaluation(share).count == 1 && train(share) != evaluation(share))
  }

  @Test func aRunTakesSomeOfManyAlwaysTheSame() throws {
    let folder = try DataFolder()
    let file = try folder.write((0..<40).map { question($0, cop: 1 + $0 % 4) }.joined(), "train.jsonl")
    let some = try ImportedTask(.medmcqa, at: file, trainingCount: 10)
    #expect(train(some).count == 10 && some.trainingAvailable == 40)
    #expect(train(some) == train(try ImportedTask(.medmcqa, at: file, trainingCount: 10)))
    #expect(train(some).map(\.id) == train(some).map(\.id).sorted())
    #expect(train(some).map(\.id) != Array(1...10))
  }

  /// What a run is judged on is no part of what any run learns, whichever sample it draws.
  @Test func theTuningSplitIsTheSameForEverySample() throws {
    let folder = try DataFolder()
    let file = try folder.write((0..<60).map { question($0, cop: 1 + $0 % 4) }.joined(), "train.jsonl")
    func task(_ seed: UInt64) throws -> ImportedTask {
      try ImportedTask(.medmcqa, at: file, trainingCount: 10, trainingSeed: seed, tuningShare: 0.2)
    }
    let held = try task(0).examples(split: .tuning, count: .max, seed: 0)
    #expect(held.count == 12)
    for seed in UInt64(0)..<4 {
      let task = try task(seed)
      #expect(task.examples(split: .tuning, count: .max, seed: seed) == held)
      #expect(train(task).count == 10 && Set(train(task).map(\.id)).isDisjoint(with: held.map(\.id)))
    }
    #expect(train(try task(0)) != train(try task(1)))
  }

  // MARK: Parquet

  private static let published = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().appendingPathComponent("Fixtures/parquet/published")

  /// Shards in the order of their names. `cop` counts from 0 there, though no 0 is among the answers.
  @Test func medMCQAInShardsOfParquet() throws {
    let task = try ImportedTask(.medmcqa, at: Self.published.appendingPathComponent("medmcqa"))
    #expect(
      train(task).map(\.completion)
        == [" two. Final: [B]", " three. Final: [C]", " four. Final: [D]", " two. Final: [B]"])
    #expect(train(task).map(\.prompt).map { $0.prefix(18) }.last == "Question: Which is")
    #expect(evaluation(task).map(\.completion) == [" three. Final: [C]"])
    #expect(
      task.detected.hasPrefix("MedMCQA, 4 examples of train-00000-of-00002.parquet and train-00001-of-00002.parquet"))
  }

  /// What somebody made of a Parquet file by an earlier advice lies beside it and is not read twice.
  @Test func whatWasMadeOfParquetStandsForIt() throws {
    let folder = try DataFolder()
    let shard = Self.published.appendingPathComponent("medmcqa/data/train-00000-of-00002.parquet")
    try folder.write(Array(Data(contentsOf: shard)), "train.parquet")
    #expect(train(try ImportedTask(.medmcqa, at: folder.url)).count == 2)
    try folder.write(question(1, cop: 0), "train.jsonl")
    #expect(train(try ImportedTask(.medmcqa, at: folder.url)).map(\.completion) == [" one. Final: [A]"])
  }

  @Test func picturesInTheRows() throws {
    let task = try ImportedTask(.llavaCoT, at: Self.published.appendingPathComponent("llava-cot.parquet"))
    #expect(train(task).map(\.prompt) == (0..<3).map { "<image>\nQuestion: What is \($0)?\n" })
    for (index, example) in train(task).enumerated() {
      let picture = try #require(example.images.first).decoded()
      #expect(picture.width == 3 && picture.height == 2)
      #expect(Array(picture.pixels.prefix(3)) == [UInt8(40 * index), 7, UInt8(255 - 40 * index)])
    }
    let invoices = try ImportedTask(.invoiceOCR, at: Self.published.appendingPathComponent("invoices.parquet"))
    #expect(train(invoices).map(\.completion) == (0..<3).map { #" {"total": "\#($0).00"}"# })
    #expect(train(invoices).allSatisfy { $0.images.count == 1 })
  }

  // MARK: MedReason

  @Test func medReasonLeavesOutWhatMedMCQAEvaluatesOn() throws {
    let folder = try DataFolder()
    func item(_ question: String, _ answer: String, set: String = "medqa", id: String = "9") -> String {
      #"{"dataset_name":"\#(set)","id_in_dataset":"\#(id)","question":"\#(question)","answer":"\#(answer)","#
        + #""reasoning":"Step by step.","options":"Answer Choices:\nA. red\nB. red\n   wine\nC. blue"}"# + "\n"
    }
    try folder.write(
      item("A colour?", "Red wine. Explanation: it is.") + item("which is  2", "red")
        + item("Other?", "red", set: "MedMCQA", id: "d2")
        + item("None?", "green") + item("By letter?", "C. sea")
        + #"{"question":"Many?","answer":"o30","reasoning":"r","options":\#((0..<31).map { "o\($0)" })}"# + "\n",
      "ours_quality_33000.jsonl")
    try folder.write(question(2, cop: 2, id: "d"), "medmcqa/dev.json")
    try folder.write(question(5, cop: 1, id: "t"), "medmcqa/train.json")
    let task = try ImportedTask(.medreason, at: folder.url)
    #expect(train(task).map(\.completion) == [" Step by step.\nFinal: [B]", " Step by step.\nFinal: [C]"])
    #expect(train(task).first?.prompt == "Question: A colour?\n- red [A]\n- red wine [B]\n- blue [C]\nAnswer:")
    #expect(
      task.detected == "MedReason, 2 examples of ours_quality_33000.jsonl, 1 for evaluation of dev.json; "
        + "left out: 2 in MedMCQA's evaluation set, 1 whose answer is none of the options, 1 without 2 to 26 options")
    let plain = try ImportedTask(.medmcqa, at: folder.url.appendingPathComponent("medmcqa"))
    #expect(evaluation(task) == evaluation(plain))
    // The evaluation set may also stand elsewhere.
    let alone = try ImportedTask(
      .medreason, at: folder.url.appendingPathComponent("ours_quality_33000.jsonl"),
      evaluation: .file(path: folder.url.appendingPathComponent("medmcqa").path))
    #expect(train(alone) == train(task) && evaluation(alone) == evaluation(task))
  }

  // MARK: FinCoT

  @Test func finCoT() throws {
    let folder = try DataFolder()
    try folder.write(
      #"[{"Question":"Sales are 5 and 7. Sum?","Reasoning_process":"5 + 7 = 12\n","Final_response":"The sum is\n12.","#
        + #""Negative_reasoning_process":"","Negative_response":null}, {"Question":"q","Reasoning_process":"r","Final_response":""}]"#,
      "SFT.json")
    try folder.write(
      #"{"id":"1","Open-ended Verifiable Question":"Change?","Ground-True Answer":"12.5%"}"# + "\n", "finqa_test.jsonl")
    let task = try ImportedTask(.fincot, at: folder.url)
    let example = try #require(train(task).first)
    #expect(example.prompt == "Question: Sales are 5 and 7. Sum?\nReasoning:")
    #expect(example.completion == " 5 + 7 = 12\nFinal: The sum is 12.")
    #expect(task.detected.hasSuffix("1 for evaluation of finqa_test.jsonl; left out: 1 without a response"))
    let asked = try #require(evaluation(task).first)
    #expect(task.metric.score(output: "a\nFinal: It rose by 12.5 % in 2009.", example: asked).value == 1)
    #expect(task.metric.score(output: "12.5 %", example: asked) == ExampleScore(value: 0, parsed: false, lenient: 1))
  }

  // MARK: GovReport

  @Test func govReportFromTheHubAndFromItsSite() throws {
    let gao =
      #"{"id":"GAO-1","title":"T","report":[{"section_title":"One","paragraphs":["a b","c"],"subsections":[{"section_title":"Two","#
      + #""paragraphs":["d"],"subsections":[]}]}],"highlight":[{"section_title":"Found","paragraphs":["e","f"]}]}"#
    let crs =
      #"{"id":"R1","title":"U","reports":{"section_title":"","paragraphs":["g"],"subsections":[]},"summary":["h","i"]}"#
    let flat = #"{"report":"r1\n\nr2","summary":"s1\ns2"}"#
    let hub = try DataFolder()
    try hub.write(gao + "\n", "data/gao_train.jsonl")
    try hub.write(crs + "\n", "data/crs_train.jsonl")
    try hub.write(crs + "\n", "data/crs_valid.jsonl")
    try hub.write(flat + "\n", "data/crs_test.jsonl")
    let task = try ImportedTask(.govreport, at: hub.url)
    #expect(train(task).map(\.prompt) == ["U\ng\nSummary:\n", "T\nOne\na b\nc\nTwo\nd\nSummary:\n"])
    #expect(train(task).map(\.completion) == ["h\ni", "Found\ne\nf"])
    #expect(evaluation(task).map(\.prompt) == ["r1\nr2\nSummary:\n"])
    #expect(task.metric.score(output: "s1\ns2", example: try #require(evaluation(task).first)).value == 1)
    let site = try DataFolder()
    try site.write(gao, "gov-report/gao/GAO-1.json")
    try site.write(crs, "gov-report/crs/R1.json")
    try site.write("{}", "secret.json")
    try site.write("GAO-1\n../../secret\n", "gov-report/split_ids/gao_train.ids")
    try site.write("R1\n", "gov-report/split_ids/crs_test.ids")
    let own = try ImportedTask(.govreport, at: site.url)
    #expect(train(own).map(\.completion) == ["Found\ne\nf"] && evaluation(own).map(\.completion) == ["h\ni"])
    #expect(own.detected.hasSuffix("left out: 1 without a file"))
  }

  // MARK: CoCoHD

  @Test func coCoHDJoinsDetailsAndTranscripts() throws {
    let folder = try DataFolder()
    try folder.write(
      #"[{"govinfo_id":"CHRG-1","Title":"On water","Congress Chamber":"House","Held Date":"May 5, 2022","#
        + #""Committee and Subcommittee":"Committee on Farms","Members":"A B (IL); C D (TX)","Witnesses":"NaN"},"#
        + #"{"govinfo_id":"CHRG-2","Title":"Lost"}]"#, "details/117_house.json")
    try folder.write("The committee met.\n", "data/CHRG-117/CHRG-1.txt")
    let task = try ImportedTask(.cocohd, at: folder.url)
    let example = try #require(train(task).first)
    #expect(example.prompt == "The committee met.\nRecord:\n")
    #expect(
      example.completion
        == #"{"committee": "Committee on Farms", "topic": "On water", "chamber": "House", "date": "May 5, 2022", "#
        + #""members": ["A B (IL)", "C D (TX)"], "witnesses": []}"#)
    #expect(task.detected.hasSuffix("left out: 1 without a transcript"))
    #expect(task.metric.score(output: example.completion, example: example).value == 1)
    let own = try folder.write(
      #"{"transcript":"t","summary":{"a":1}}"# + "\n" + #"{"transcript":"u","summary":"{\"a\":2}"}"# + "\n",
      "own/mine.jsonl")
    #expect(train(try ImportedTask(.cocohd, at: own)).map(\.completion) == [#"{"a": 1}"#, #"{"a":2}"#])
    let bad = try folder.write(#"{"transcript":"t","summary":"no"}"#, "own/bad.jsonl")
    #expect(throws: DataError.self) { try ImportedTask(.cocohd, at: bad) }
  }

  // MARK: Pictures

  @Test func llavaCoTAndInvoicesNameTheirPictures() throws {
    let folder = try DataFolder()
    try folder.write(
      #"{"id":"1","image":"coco/1.jpg","conversations":[{"from":"human","value":"<image>\nWhat is it?"},"#
        + #"{"from":"gpt","value":"<SUMMARY>s</SUMMARY> <CONCLUSION> A cat </CONCLUSION>"}]}"# + "\n"
        + #"{"id":"2","image":"gone.jpg","conversations":[]}"# + "\n"
        + #"{"id":"3","image":"../../x.jpg","conversations":[]}"# + "\n", "train.jsonl")
    let grey = RasterImage(width: 2, height: 1, pixels: [7, 7, 7, 9, 9, 9])
    try folder.write(try grey.png(), "image/coco/1.jpg")
    let task = try ImportedTask(.llavaCoT, at: folder.url)
    let example = try #require(train(task).first)
    #expect(try example.images.map { try $0.decoded() } == [grey])
    #expect(example.prompt == "<image>\nQuestion: What is it?\n")
    #expect(task.metric.score(output: "x <CONCLUSION>a  cat</CONCLUSION>", example: example).value == 1)
    #expect(task.metric.score(output: "a cat", example: example) == ExampleScore(value: 0, parsed: false, lenient: 1))
    #expect(task.detected.hasSuffix("left out: 2 without their picture in the folder"))

    let invoices = try DataFolder()
    try invoices.write(try grey.png(), "train/1.png")
    try invoices.write(#"{"total": "5.00"}"#, "train/1.json")
    try invoices.write(#"{"total": "6.00"}"#, "train/2.json")
    try invoices.write(try grey.png(), "test/3.JPG")
    try invoices.write(#"{"total": "7.00"}"#, "test/3.json")
    let scans = try ImportedTask(.invoiceOCR, at: invoices.url)
    #expect(train(scans).map(\.completion) == [#" {"total": "5.00"}"#] && train(scans).first?.images.count == 1)
    #expect(evaluation(scans).map(\.completion) == [#" {"total": "7.00"}"#])
    #expect(scans.detected.hasSuffix("left out: 1 without a picture"))
  }

  // MARK: Refusals

  @Test func damagedParquetIsRefusedInOneLine() throws {
    let folder = try DataFolder()
    let file = try folder.write("PAR1", "data/train-00000-of-00001.parquet")
    for place in [folder.url, file] {
      let error = #expect(throws: DataError.self) { try ImportedTask(.medmcqa, at: place) }
      #expect(error?.description.hasPrefix("\(file.path): Parquet: is damaged") == true && error?.exitStatus == 65)
      #expect(error?.description.contains("\n") == false)
    }
  }

  @Test func wrongFilesAreRefusedInOneLine() throws {
    let folder = try DataFolder()
    let missing = #expect(throws: BuiltinError.self) {
      try ImportedTask(.medmcqa, at: folder.url.appendingPathComponent("none"))
    }
    #expect(missing?.exitStatus == 66)
    #expect(throws: BuiltinError.self) { try ImportedTask(.govreport, at: folder.url) }
    let other = try folder.write(#"{"prompt":"p","completion":"c"}"#, "train.jsonl")
    let error = #expect(throws: BuiltinError.self) { try ImportedTask(.medmcqa, at: other) }
    #expect(error?.description.contains("opa to opd and cop") == true && error?.exitStatus == 65)
    // Another program's files in the folder are passed over, a broken part is not.
    let mixed = try DataFolder()
    try mixed.write("{\n  \"r\": 8\n}\n", "adapter/adapter_config.json")
    try mixed.write(question(1, cop: 1), "train.json")
    #expect(train(try ImportedTask(.medmcqa, at: mixed.url)).count == 1)
    try mixed.write("{\"question\": ", "dev.json")
    let part = #expect(throws: DataError.self) { try ImportedTask(.medmcqa, at: mixed.url) }
    #expect(part?.description.contains("dev.json") == true)
    try folder.write(question(1, cop: 1).replacing("opc", with: "opx"), "broken.jsonl")
    #expect(throws: DataError.self) {
      try ImportedTask(.medmcqa, at: folder.url.appendingPathComponent("broken.jsonl"))
    }
  }

  @Test func namesWithAPath() {
    #expect(PublishedDataset.reference("medmcqa:/a:b")?.path == "/a:b")
    #expect(PublishedDataset.reference("LLaVA-CoT:x")?.dataset == .llavaCoT)
    #expect(PublishedDataset.reference("medmcqa") == nil && PublishedDataset.reference("c:/data.jsonl") == nil)
  }
}
