import Recipe
import Text
import Training

/// Stands in for invoice OCR: a rendered invoice to a JSON record of its fields. Everything is in the picture; what the base lacks is the schema and
/// where each field is found. No vendor of an evaluation invoice occurs in training.
package struct InvoiceOCRTask: BuiltinTask {
  package let name = "invoice-ocr"
  package let displayName = "Invoice OCR"
  package let metric: any Metric = KeyValueMatch.fieldAccuracy
  package let maxNewTokens = 112
  package let groupNoun: String? = "vendors"
  package var version = TaskVersion.present
  let world: World

  package init(world: World = .standard) { self.world = world }

  package var recommendedTrainingExamples: Int { 800 }
  package var recommendedEvaluationExamples: Int { 500 }
  package var recommendedSettings: RunSettings {
    settings(epochs: 4, batchSize: 8, sequenceLength: 320)
  }

  /// The vendors of a split; no two splits share one.
  func vendors(of split: Split) -> ArraySlice<String> {
    split.share(of: world.companies, version: version)
  }

  package func examples(split: Split, count: Int, seed: UInt64) -> [Example] {
    let vendors = vendors(of: split)
    var generator = SplitMix64(seed: seed, stream: 0x17C0 + UInt64(Split.allCases.firstIndex(of: split) ?? 0))
    return (0..<max(0, count)).map { id in
      let invoice = Invoice(vendor: generator.pick(vendors), goods: world.goods, &generator)
      return Example(
        id: id, prompt: "\(ImagePrompt.placeholder)\nFields:", completion: " " + invoice.record,
        images: [TextPicture(lines: invoice.lines(&generator)).draw(&generator)], group: invoice.vendor,
        options: AnswerOptions(
          right: " " + invoice.record, wrong: [invoice.exchanged.map { " " + $0 }], most: 8, stream: 0x17C1, id: id))
    }
  }
}

/// An invoice's fields, as it prints them and as the record wants them.
package struct Invoice: Sendable {
  package struct Item: Sendable {
    package let name: String
    package let amount: Int
  }

  let number: Int
  let vendor: String
  let month: Int
  let day: Int
  package let items: [Item]
  package let tax: Int

  package init(vendor: String, goods: [String], _ generator: inout SplitMix64) {
    number = generator.between(1_000, 9_999)
    self.vendor = String(vendor.uppercased().prefix(7))
    month = generator.between(1, 12)
    day = generator.between(1, 28)
    items = generator.sample(generator.between(1, 2), from: goods).map {
      Item(name: $0.uppercased(), amount: generator.between(11, 499))
    }
    tax = generator.between(2, 99)
  }

  package var total: Int { items.reduce(tax) { $0 + $1.amount } }
  var date: String { SheetPassages.twoDigits(month) + "-" + SheetPassages.twoDigits(day) }

  /// The sheet's lines; a blank line more or less between the parts.
  package func lines(_ generator: inout SplitMix64) -> [String] {
    func gap() -> [String] { generator.chance(0.5) ? [""] : [] }
    var lines = gap() + [SheetPassages.row("INVOICE", "\(number)"), SheetPassages.row("FROM", vendor)]
    lines += gap() + [SheetPassages.row("DATE", date)] + gap()
    lines += items.map { SheetPassages.row($0.name, "\($0.amount)") } + gap()
    return lines + [SheetPassages.row("TAX", "\(tax)"), SheetPassages.row("TOTAL", "\(total)")]
  }

  /// Its figures in the record's order.
  private var figures: [Int] { [number] + items.map(\.amount) + [tax, total] }

  /// Records with two of the figures exchanged: as long as the right one and of the same digits, so that only what stands where tells them apart.
  var exchanged: [String] {
    let figures = figures
    return figures.indices.flatMap { first in
      figures.indices.dropFirst(first + 1).map { second in
        var other = figures
        other.swapAt(first, second)
        return record(other)
      }
    }
  }

  /// JSON with this schema and order.
  var record: String { record(figures) }

  private func record(_ figures: [Int]) -> String {
    let items = zip(items, figures.dropFirst()).map { "\"\($0.name)\":\"\($1)\"" }.joined(separator: ",")
    let (tax, total) = (figures[figures.count - 2], figures[figures.count - 1])
    return "{\"invoice\":\"\(figures[0])\",\"from\":\"\(vendor)\",\"date\":\"\(date)\",\"items\":{\(items)},"
      + "\"tax\":\"\(tax)\",\"total\":\"\(total)\"}"
  }
}
