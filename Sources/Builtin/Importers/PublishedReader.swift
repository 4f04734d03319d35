import Foundation
import Recipe
import Text
import Training

/// Reads a published data set's folder or file into a training and an evaluation part.
struct PublishedReader {
  struct Parts {
    var training: [ImportDraft]
    var evaluation: [ImportDraft]
    /// `MedMCQA, 182 822 examples of train.jsonl, 4 183 for evaluation of dev.jsonl; left out: …`.
    var detected: String
  }

  let dataset: PublishedDataset
  let root: URL
  let evaluation: EvaluationSource
  let seed: UInt64

  func parts() throws -> Parts {
    let files = try PublishedFiles(root, dataset: dataset)
    var (trainingFiles, evaluationFiles) = try split(files)
    switch evaluation {
    case .none: break
    case .share: evaluationFiles = []
    case .file(let path): evaluationFiles = try evaluationPart(of: URL(filePath: path))
    }
    // A file that is named for evaluation is not trained on, unless it is all there is.
    let rest = trainingFiles.filter { !evaluationFiles.contains($0) }
    if !rest.isEmpty { trainingFiles = rest }
    var leftOut = LeftOut()
    var training = try trainingFiles.flatMap { file in
      dataset == .medreason
        ? try MedReasonImport.drafts(of: file, evaluation: evaluationFiles, leftOut: &leftOut)
        : try drafts(of: file, in: files, leftOut: &leftOut)
    }
    var held = try evaluationFiles.flatMap { file in
      dataset == .medreason
        ? try MedMCQAImport.drafts(of: file, leftOut: &leftOut) : try drafts(of: file, in: files, leftOut: &leftOut)
    }
    if case .share(let share) = evaluation {
      (training, held) = try FileTask.divided(training, share: share, seed: seed)
    }
    guard !training.isEmpty || !held.isEmpty else {
      throw failure("no usable examples of \(dataset.displayName); " + (leftOut.text ?? "the files hold no records"))
    }
    return Parts(
      training: training, evaluation: held,
      detected: described(training.count, trainingFiles, held.count, evaluationFiles, leftOut))
  }

  // MARK: Which files

  private func split(_ files: PublishedFiles) throws -> (training: [URL], evaluation: [URL]) {
    let lists = files.files(endingIn: "ids")
    if dataset == .govreport, !lists.isEmpty {
      return files.parts(of: lists, evaluationNames: dataset.evaluationNames)
    }
    if dataset == .invoiceOCR, !files.files(endingIn: "json").isEmpty {
      return files.parts(of: files.files(endingIn: "json"), evaluationNames: dataset.evaluationNames)
    }
    var accepted: [URL] = []
    var questions: [URL] = []
    var unreadable: DataError?
    for file in files.tables {
      let first: ObjectRecord?
      do { first = try ObjectFile.first(of: file) } catch let error as DataError {
        // Other programs' files may lie there too; what is named as a part of the data has to be one.
        if files.isNamedAsPart(file, evaluationNames: dataset.evaluationNames) { throw error }
        unreadable = unreadable ?? error
        continue
      }
      guard let first else { continue }
      if accepts(first) { accepted.append(file) }
      if dataset == .medreason, MedMCQAImport.accepts(first) { questions.append(file) }
    }
    guard !accepted.isEmpty || !questions.isEmpty else {
      if let unreadable { throw unreadable }
      throw failure("holds no \(dataset.displayName) records: \(expectation)")
    }
    if dataset == .medreason {
      let evaluation = files.parts(of: questions, evaluationNames: dataset.evaluationNames).evaluation
      return (accepted, evaluation)
    }
    return files.parts(of: accepted, evaluationNames: dataset.evaluationNames)
  }

  /// Of what was named for evaluation: its evaluation part if it is a folder with one, all of it otherwise.
  private func evaluationPart(of url: URL) throws -> [URL] {
    let kind: PublishedDataset = dataset == .medreason ? .medmcqa : dataset
    let other = PublishedReader(dataset: kind, root: url, evaluation: .none, seed: seed)
    let (training, evaluation) = try other.split(PublishedFiles(url, dataset: kind))
    return evaluation.isEmpty ? training : evaluation
  }

  private func accepts(_ record: ObjectRecord) -> Bool {
    switch dataset {
    case .fincot: FinCoTImport.accepts(record)
    case .govreport: GovReportImport.accepts(record)
    case .medmcqa: MedMCQAImport.accepts(record)
    case .medreason: MedReasonImport.accepts(record)
    case .cocohd: CoCoHDImport.accepts(record)
    case .llavaCoT: LLaVACoTImport.accepts(record)
    case .invoiceOCR: InvoiceImport.accepts(record)
    }
  }

  private var expectation: String {
    switch dataset {
    case .fincot: "they have Question, Reasoning_process and Final_response"
    case .govreport: "they have report and summary"
    case .medmcqa: "they have question, opa to opd and cop"
    case .medreason: "they have question, options, answer and reasoning"
    case .cocohd: "they have govinfo_id and the details, or transcript and summary"
    case .llavaCoT: "they have image and conversations"
    case .invoiceOCR: "each picture has a JSON file of the same name, or a table's rows have image and fields"
    }
  }

  // MARK: Their records

  private func drafts(of file: URL, in files: PublishedFiles, leftOut: inout LeftOut) throws -> [ImportDraft] {
    switch dataset {
    case .fincot: return try FinCoTImport.drafts(of: file, leftOut: &leftOut)
    case .govreport:
      return file.pathExtension == "ids"
        ? try GovReportImport.drafts(ofIDs: file, leftOut: &leftOut)
        : try GovReportImport.drafts(of: file, leftOut: &leftOut)
    case .medmcqa, .medreason: return try MedMCQAImport.drafts(of: file, leftOut: &leftOut)
    case .cocohd:
      // Transcripts stand beside a file that was named, too.
      let texts =
        try files.files(endingIn: "txt")
        + PublishedFiles(file.deletingLastPathComponent(), dataset: dataset)
        .files(endingIn: "txt")
      let byName = Dictionary(texts.map { ($0.deletingPathExtension().lastPathComponent, $0) }) { first, _ in first }
      return try CoCoHDImport.drafts(of: file, transcripts: byName, leftOut: &leftOut)
    case .llavaCoT: return try LLaVACoTImport.drafts(of: file, leftOut: &leftOut)
    case .invoiceOCR:
      return FolderFiles.ending(file) == "json"
        ? try InvoiceImport.draft(of: file, leftOut: &leftOut).map { [$0] } ?? []
        : try InvoiceImport.drafts(of: file, leftOut: &leftOut)
    }
  }

  // MARK: Words

  private func described(
    _ training: Int, _ trainingFiles: [URL], _ held: Int, _ evaluationFiles: [URL], _ leftOut: LeftOut
  ) -> String {
    var text = "\(dataset.displayName), \(Counted.text(training, "example"))\(Self.named(trainingFiles))"
    if held > 0 { text += ", \(held) for evaluation\(Self.named(evaluationFiles))" }
    return leftOut.text.map { "\(text); \($0)" } ?? text
  }

  private static func named(_ files: [URL]) -> String {
    switch files.count {
    case 0: ""
    case 1...3: " of " + files.map(\.lastPathComponent).joined(separator: " and ")
    default: " of \(files.count) files"
    }
  }

  private func failure(_ reason: String) -> BuiltinError {
    .dataset(path: root.path, reason: reason, exitStatus: 65)
  }
}
