import Training

/// The study's data sets in the forms in which their authors published them: `--data medmcqa:/path/to/folder`.
package enum PublishedDataset: String, CaseIterable, Sendable {
  case fincot, govreport, medmcqa, medreason, cocohd
  case llavaCoT = "llava-cot"
  case invoiceOCR = "invoice-ocr"

  /// What `NAME:PATH` says; nil for a text that does not begin with one of these names and a colon.
  package static func reference(_ text: String) -> (dataset: PublishedDataset, path: String)? {
    guard let colon = text.firstIndex(of: ":"),
      let dataset = PublishedDataset(rawValue: text[..<colon].lowercased())
    else { return nil }
    return (dataset, String(text[text.index(after: colon)...]))
  }

  /// What screens call it.
  package var displayName: String {
    switch self {
    case .fincot: "FinCoT"
    case .govreport: "GovReport"
    case .medmcqa: "MedMCQA"
    case .medreason: "MedReason"
    case .cocohd: "CoCoHD"
    case .llavaCoT: "LLaVA-CoT"
    case .invoiceOCR: "Invoice OCR"
    }
  }

  package var metric: any Metric {
    switch self {
    // The published responses are sentences: the number stands somewhere in the final line.
    case .fincot: NumberAccuracy(isWithin: true)
    case .govreport: RougeLsum()
    case .medmcqa, .medreason: StrictChoiceAccuracy()
    case .cocohd: KeyValueMatch()
    case .invoiceOCR: KeyValueMatch.fieldAccuracy
    case .llavaCoT: ExactMatch(marker: "<CONCLUSION>", endMarker: "</CONCLUSION>")
    }
  }

  /// The most tokens that an answer may take, by the lengths of the published answers.
  package var maxNewTokens: Int {
    switch self {
    case .medmcqa: 64
    case .cocohd, .invoiceOCR: 512
    case .fincot, .govreport, .medreason, .llavaCoT: 1024
    }
  }

  /// How many examples the study trained on, which a run takes unless told otherwise.
  package var studyTrainingExamples: Int {
    switch self {
    case .fincot: 7436
    case .govreport: 17_457
    case .medmcqa: 20_000
    case .medreason: 31_682
    case .cocohd: 732
    case .llavaCoT: 10_000
    case .invoiceOCR: 1400
    }
  }

  package var studyEvaluationExamples: Int {
    switch self {
    case .fincot: 1147
    case .govreport: 837
    case .medmcqa, .medreason: 3683
    case .cocohd: 1053
    case .llavaCoT: 270
    case .invoiceOCR: 447
    }
  }

  /// Long enough for most of its examples with a usual vocabulary.
  package var sequenceLength: Int {
    switch self {
    case .medmcqa: 512
    case .medreason, .llavaCoT, .invoiceOCR: 2048
    case .fincot: 4096
    case .govreport, .cocohd: 32_768
    }
  }

  /// What the names of files with its evaluation examples contain, the best first.
  var evaluationNames: [String] {
    switch self {
    // Its test split has no answers.
    case .medmcqa, .medreason: ["dev", "validation", "valid", "val", "eval", "evaluation", "test"]
    case .fincot: ["test", "eval", "evaluation", "validation", "valid", "val", "dev", "rl"]
    default: ["test", "eval", "evaluation", "validation", "valid", "val", "dev"]
    }
  }

  /// Whether its examples come with pictures.
  package var hasImages: Bool { self == .llavaCoT || self == .invoiceOCR }
}
