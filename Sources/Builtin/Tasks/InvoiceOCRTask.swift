import Recipe
import Text
import Training

/// Stands in for invoice OCR: a rendered invoice to a JSON record of its fields. Everything is in the picture; what the base lacks is the schema and
/// where each field is found. No vendor of an evaluation invoice occurs in training.
public struct InvoiceOCRTask: BuiltinTask {
  public let name = "invoice-ocr"
  public let displayName = "Invoice OCR"
  public let metric: any Metric = KeyValueMatch.fieldAccuracy
  public let maxNewTokens = 112
  let world: World

  public init(world: World = .standard) { self.world = world }

  public var recommendedTrainingExamples: Int { 800 }
  public var recommendedEvaluationExamples: Int { 500 }
  public var recommendedSettings: RunSettings {
    settings(epochs: 4, batchSize: 8, sequenceLength: 320)
  }

  /// The vendors of a split; no two splits share one.
  func vendors(of split: Split) -> ArraySlice<String> {
    split.share(of: world.companies)
  }

  public func examples(split: Split, count: Int, seed: UInt64) -> [Example] {
    let vendors = vendors(of: split)
    var generator = SplitMix64(seed: seed, stream: 0x17C0 + UInt64(Split.allCases.firstIndex(of: split) ?? 0))
    return (0..<max(0, count)).map { id in
      let invoice = Invoice(vendor: generator.pick(vendors), goods: world.goods, &generator)
      return Example(
        id: id, prompt: "\(ImagePrompt.placeholder)\nFields:", completion: " " + invoice.record,
        images: [TextPicture(lines: invoice.lines(&generator)).draw(&generator)])
    }
  }
}
