import Recipe
import Training

/// An invented committee hearing: what was so, and the transcript that says it.
package struct Hearing: Sendable {
  package let committee: String
  package let topic: String
  package let chair: String
  package let members: [String]
  package let witness: String
  package let town: String
  package let ayes: Int
  package let nays: Int
  package let outcome: String

  static let outcomes = ["passed", "tabled", "amended", "rejected", "delayed", "referred"]

  init(world: World, surnames: ArraySlice<String>, _ generator: inout SplitMix64) {
    let people = generator.sample(2 + generator.between(1, 3), from: surnames)
    committee = generator.pick(world.committees)
    topic = generator.pick(world.topics)
    chair = people[0]
    witness = people[1]
    members = Array(people.dropFirst(2))
    town = generator.pick(world.towns)
    ayes = generator.between(1, 19)
    nays = generator.between(1, 19)
    outcome = generator.pick(Self.outcomes)
  }

  /// Who speaks stands at the start of a line; titles stand in quotation marks.
  func transcript(_ generator: inout SplitMix64) -> String {
    var lines = ["Hearing of the committee on \"\(committee)\"."]
    lines.append(
      chair + ": "
        + generator.pick(["I call us to order.", "Let us begin.", "The committee will come to order."])
        + generator.pick([
          " Our subject is \"\(topic)\".", " We hear today of \"\(topic)\".", " The bill is on \"\(topic)\".",
        ]))
    for member in members {
      lines.append(member + ": " + generator.pick(["Present.", "Here.", "I am here."]))
    }
    lines.append(
      "\(chair): " + generator.pick(["We hear the witness.", "I call the witness.", "The witness may speak."]))
    lines.append(
      "\(witness): "
        + generator.pick([
          "I come from \(town). We need this bill.", "In \(town) we have waited long.", "I speak for \(town).",
        ]))
    if generator.chance(0.5) {
      lines.append(
        "\(generator.pick(members)): "
          + generator.pick(["I thank the witness.", "I have no question.", "We have heard enough."]))
    }
    lines.append(
      "\(chair): "
        + generator.pick(["The ayes are \(ayes), the nays \(nays).", "We count \(ayes) ayes and \(nays) nays."])
        + generator.pick([" The bill is \(outcome).", " So it is \(outcome)."]))
    return lines.joined(separator: "\n") + "\n"
  }

  /// Questions that the transcript answers. Answers stand in quotation marks: a word right after one has the tokens that it has at a line's start
  /// or in JSON, not those that it has after a space.
  var questions: [FactPassages.Question] {
    [
      ("Who is the chair?", chair), ("Who is the witness?", witness),
      ("Who is present?", members.joined(separator: "\",\"")), ("What is the committee?", committee),
      ("What is the subject?", topic), ("What is the vote?", "\(ayes)-\(nays)"),
      ("What happens to the bill?", outcome),
    ].map { FactPassages.Question(text: $0.0, answer: "\"\($0.1)\"") }
  }

  /// One of the record's fields with its value, and with values of the transcript, or of other hearings, that are not it.
  ///
  /// - Parameter number: chooses the field.
  func field(_ number: Int) -> (right: String, wrong: [String]) {
    let people = [chair, witness] + members
    let (name, value, others): (String, String, [String]) =
      switch number % 3 {
      case 0: ("chair", chair, people)
      case 1: ("witness", witness, people)
      default: ("outcome", outcome, Self.outcomes)
      }
    func text(_ value: String) -> String { "{\"\(name)\":\"\(value)\"" }
    return (text(value), others.filter { $0 != value }.map(text))
  }

  /// The record in JSON, with this schema and order.
  var record: String {
    let present = members.map { "\"\($0)\"" }.joined(separator: ",")
    return "{\"committee\":\"\(committee)\",\"topic\":\"\(topic)\",\"chair\":\"\(chair)\",\"members\":[\(present)],"
      + "\"witness\":\"\(witness)\",\"vote\":\"\(ayes)-\(nays)\",\"outcome\":\"\(outcome)\"}"
  }
}

/// Hearings with questions on them. Most transcripts are read only, since their names cannot be predicted; the answers are learned.
package struct HearingPassages: Sendable {
  let world: World

  package init(world: World) { self.world = world }

  func passage(level: Double, _ generator: inout SplitMix64) -> Passage {
    let hearing = Hearing(world: world, surnames: world.surnames[...], &generator)
    var passage = Passage()
    let transcript = hearing.transcript(&generator)
    if generator.chance(0.15) { passage.learn(transcript) } else { passage.given(transcript) }
    for question in generator.sample(generator.between(4, 7), from: hearing.questions) {
      passage.given("Question: \(question.text)\nAnswer:")
      passage.learn(" \(question.answer)\n")
    }
    return passage
  }
}
