import Recipe
import Training

/// An invented audit report: headed sections, in each of which one sentence, known by its opening, states what was found. Others of the same
/// form say what was claimed, hoped or feared, and most say nothing that matters.
struct Report {
  struct Section {
    let topic: String
    let finding: Finding
    /// What somebody else said, if anybody did.
    let claim: Finding?
    /// In their order.
    var sentences: [String]
  }

  /// Who did what with how much of what.
  struct Finding: Equatable {
    var subject: String
    var town: String
    var verb: String
    var count: Int
    var good: String

    init(world: World, towns: ArraySlice<String>, _ generator: inout SplitMix64) {
      subject = generator.pick(["mill", "port", "school", "clinic", "bank", "farm", "mine", "council"])
      town = generator.pick(towns)
      verb = generator.pick(["lost", "sold", "bought", "stored", "sent", "burned"])
      count = generator.between(2, 99)
      good = generator.pick(world.goods)
    }

    /// As a report words it: `the mill in Drabol has lost 45 tons of copper`.
    var clause: String { "the \(subject) in \(town) has \(verb) \(count) tons of \(good)" }
    /// As a summary words it: `the mill in Drabol lost 45 tons of copper`.
    var short: String { "the \(subject) in \(town) \(verb) \(count) tons of \(good)" }
  }

  let committee: String
  var sections: [Section]

  private static let findingOpenings = [
    "We found that", "The review shows that", "It is our finding that", "The audit proved that",
  ]
  private static let claimOpenings = [
    "The owners say that", "It was hoped that", "Some fear that", "The papers wrote that",
  ]
  private static let tails = [
    "", "", ", as the books confirm", ", and not for the first time", ", which nobody denies",
  ]

  /// - Parameter fillers: how many sentences that say nothing a section has at most; one at least.
  init(
    world: World, towns: ArraySlice<String>, sections count: Int, fillers: Int, _ generator: inout SplitMix64
  ) {
    committee = generator.pick(world.committees)
    sections = generator.sample(count, from: world.topics).map { topic in
      let finding = Finding(world: world, towns: towns, &generator)
      let claim = generator.chance(0.7) ? Finding(world: world, towns: towns, &generator) : nil
      var sentences = (0..<generator.between(1, max(1, fillers))).map { _ in Self.filler(towns: towns, &generator) }
      if let claim { sentences.append("\(generator.pick(Self.claimOpenings)) \(claim.clause).") }
      sentences.insert(
        "\(generator.pick(Self.findingOpenings)) \(finding.clause)\(generator.pick(Self.tails)).",
        at: generator.below(sentences.count + 1))
      return Section(topic: topic, finding: finding, claim: claim, sentences: sentences)
    }
  }

  /// Filler sentences at random places, section after section, until the text has about `length` characters.
  mutating func lengthen(to length: Int, towns: ArraySlice<String>, _ generator: inout SplitMix64) {
    var size = text.count
    var index = 0
    while true {
      let sentence = Self.filler(towns: towns, &generator)
      guard size + sentence.count + 1 <= length else { return }
      let place = generator.below(sections[index].sentences.count + 1)
      sections[index].sentences.insert(sentence, at: place)
      size += sentence.count + 1
      index = (index + 1) % sections.count
    }
  }

  static func filler(towns: ArraySlice<String>, _ generator: inout SplitMix64) -> String {
    let town = generator.pick(towns)
    let other = generator.pick(towns)
    let count = generator.between(2, 60)
    return generator.pick([
      "The work began in \(town).", "Letters came from \(town) and \(other).", "No vote was taken that day.",
      "The staff read \(count) files.", "The committee met \(count) times.", "The minutes are kept in \(town).",
      "Nobody spoke for \(town).", "The road to \(town) was closed for \(count) days.",
      "Costs were not part of this work.",
      "Two of us went to \(town) by train.", "The next meeting is in \(count) days.",
      "Maps of \(other) were drawn anew.",
    ])
  }

  var text: String {
    "Report of the committee on \(committee).\n"
      + sections.map { "## \($0.topic)\n\($0.sentences.joined(separator: " "))\n" }.joined()
  }

  /// One line for each section.
  var summary: String { sections.map { line($0.topic, $0.finding) }.joined(separator: "\n") }

  /// The line of one section; lines in which one thing of it (who, where, what, how much of what) is taken from elsewhere in the report; and
  /// lines that give it all of another section's finding, or what was merely claimed.
  ///
  /// - Parameter number: chooses the section.
  func summaryLine(_ number: Int) -> (right: String, wrong: [[String]]) {
    let section = sections[number % sections.count]
    let others = sections.filter { $0.topic != section.topic }
    let said = ([section.claim] + others.map(\.finding) + others.map(\.claim)).compactMap { $0 }
    let exchanges: [(inout Finding, Finding) -> Void] = [
      { $0.subject = $1.subject }, { $0.town = $1.town }, { $0.verb = $1.verb }, { $0.count = $1.count },
      { $0.good = $1.good },
    ]
    let mixed = exchanges.compactMap { exchange in
      said.lazy.map { other in
        var finding = section.finding
        exchange(&finding, other)
        return finding
      }.first { $0 != section.finding }
    }
    return (
      line(section.topic, section.finding), [mixed, said].map { $0.map { line(section.topic, $0) } }
    )
  }

  private func line(_ topic: String, _ finding: Finding) -> String { "On \(topic), \(finding.short)." }
}

/// Reports, which are read only, and questions for what was found in a section and for what was merely claimed.
package struct ReportPassages: Sendable {
  let world: World

  package init(world: World) { self.world = world }

  func passage(level: Double, _ generator: inout SplitMix64) -> Passage {
    let report = Report(
      world: world, towns: world.towns[...], sections: generator.between(1, 1 + Int(level * 2)),
      fillers: 1 + Int(level * 2), &generator)
    var passage = Passage()
    passage.given(report.text)
    for section in generator.sample(generator.between(1, 3), from: report.sections) {
      if let claim = section.claim, generator.chance(0.3) {
        passage.given("Question: What do others say of \(section.topic)?\nAnswer:")
        passage.learn(" \(claim.clause)\n")
      } else {
        passage.given(
          generator.pick(["Question: What was found on \(section.topic)?\nAnswer:", "The finding on \(section.topic):"])
        )
        passage.learn(" \(section.finding.clause)\n")
      }
    }
    return passage
  }
}
