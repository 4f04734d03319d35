import Recipe
import Training

/// The corpus as text: passages without end, made from the world by seed.
package struct Corpus: Sendable {
  private let options: OptionExercises
  private let copies: CopyExercises
  private let facts: FactPassages
  private let hearings: HearingPassages
  private let tables: TablePassages
  private let sheets = SheetPassages()
  private let scenes = ScenePassages()
  private let finance: FinancePassages
  private let reports: ReportPassages
  private let sentences: SentenceExercises
  private let factChains: FactChains
  private let names: [String]

  package init(world: World = .standard) {
    options = OptionExercises(world: world)
    copies = CopyExercises(world: world)
    facts = FactPassages(world: world)
    hearings = HearingPassages(world: world)
    tables = TablePassages(world: world)
    finance = FinancePassages(world: world)
    reports = ReportPassages(world: world)
    sentences = SentenceExercises(world: world)
    factChains = FactChains(world: world)
    names = world.surnames
  }

  /// A passage of one family. `level` 0…1 is how far the curriculum has come: exercises grow with it.
  package func passage(_ family: CorpusFamily, level: Double, _ generator: inout SplitMix64) -> Passage {
    switch family {
    case .options: options.passage(level: level, &generator)
    case .lists: copies.list(level: level, &generator)
    case .pairs: copies.pairs(level: level, &generator)
    case .json: copies.json(level: level, &generator, names: names)
    case .facts: facts.passage(level: level, &generator)
    case .hearings: hearings.passage(level: level, &generator)
    case .tables: tables.passage(level: level, &generator)
    case .arithmetic: ArithmeticExercises.passage(level: level, &generator)
    case .counting: scenes.counting(level: level, &generator)
    case .finance: finance.passage(level: level, &generator)
    case .reports: reports.passage(level: level, &generator)
    case .sentences: sentences.passage(level: level, &generator)
    case .factChains: factChains.passage(level: level, &generator)
    }
  }

  /// A passage that begins with a picture.
  func picture(_ family: PictureFamily, level: Double, _ generator: inout SplitMix64) -> Passage {
    switch family {
    case .sheets: sheets.passage(level: level, &generator)
    case .scenes: scenes.passage(level: level, &generator)
    }
  }

  func family(_ generator: inout SplitMix64) -> CorpusFamily {
    var left = generator.uniform() * CorpusFamily.allCases.reduce(0) { $0 + $1.weight }
    for family in CorpusFamily.allCases {
      left -= family.weight
      if left < 0 { return family }
    }
    return .facts
  }

  /// Text of about `bytes` bytes, as passages: what the tokenizer is trained on. Pictures are left out, so that capitals are never joined
  /// and what is printed on a sheet is read letter by letter.
  package func sample(bytes: Int, seed: UInt64) -> [String] {
    var generator = SplitMix64(seed: seed, stream: 0x7E47)
    var texts: [String] = []
    var size = 0
    while size < bytes {
      let text = passage(family(&generator), level: generator.uniform(), &generator).text
      texts.append(text)
      size += text.utf8.count
    }
    return texts
  }
}

/// The kinds of passages in the corpus. Repeats of random tokens are not text and are made by `CorpusSequences`.
package enum CorpusFamily: String, CaseIterable, Sendable {
  case options, lists, pairs, json, facts, hearings, tables, arithmetic, counting
  case finance, reports, sentences, factChains

  /// Share of the passages that are drawn; a hearing is six to ten times as long as a fact.
  var weight: Double {
    switch self {
    case .options: 0.19
    case .lists: 0.05
    case .pairs: 0.06
    case .json: 0.09
    case .facts: 0.16
    case .hearings: 0.08
    case .tables: 0.05
    case .arithmetic: 0.13
    case .finance: 0.06
    case .reports: 0.05
    case .sentences: 0.04
    case .factChains: 0.04
    case .counting: 0.03
    }
  }
}

/// The kinds of passages that begin with a picture.
package enum PictureFamily: String, CaseIterable, Sendable {
  /// Labelled lines of print.
  case sheets
  /// Coloured shapes in places.
  case scenes
}
