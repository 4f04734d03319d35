import Recipe
import Training

/// The invented world that corpus and tasks speak of. Nothing in it exists, so nothing is licensed, and no other model has read of it.
package struct World: Sendable {
  package let conditions: [Condition]
  package let committees: [String]
  package let topics: [String]
  package let surnames: [String]
  package let companies: [String]
  package let towns: [String]
  package let goods: [String]

  /// The world of the embedded base.
  package static let standard = World(seed: 1)

  package init(seed: UInt64) {
    var maker = NameMaker(seed: seed, stream: 1)
    var generator = SplitMix64(seed: seed, stream: 2)
    let families = maker.words(8, syllables: 2, ending: "ide")
    let drugNames = maker.words(Self.conditionCount, syllables: 2)
    let illnessNames = (0..<Self.conditionCount).map { index in
      maker.word(syllables: 2, ending: Self.illnessEndings[index % Self.illnessEndings.count])
    }
    let drugs = drugNames.map { name in
      Drug(name: name, family: generator.pick(families), effect: generator.pick(Self.signs))
    }
    conditions = zip(illnessNames, drugs).map { name, drug in
      let sign = generator.pick(Self.signs.filter { $0 != drug.effect })
      return Condition(name: name, organ: generator.pick(Self.organs), sign: sign, drug: drug)
    }
    surnames = maker.words(96, syllables: 2, capital: true)
    companies = maker.words(40, syllables: 2, capital: true)
    towns = maker.words(32, syllables: 2, capital: true)
    committees = Self.committeeNames
    topics = Self.topicNames
    goods = Self.goodsNames
  }

  package static let conditionCount = 96

  private static let illnessEndings = ["osis", "itis", "emia", "oma"]

  static let organs = [
    "heart", "liver", "lung", "kidney", "skin", "brain", "stomach", "bone", "eye", "ear", "blood", "throat",
  ]
  static let signs = [
    "fever", "cough", "rash", "pain", "thirst", "cramps", "tremor", "fatigue", "swelling", "dizziness", "itching",
    "nausea", "headache", "chills", "sweating", "hunger",
  ]
  private static let committeeNames = [
    "trade", "health", "labor", "energy", "water", "roads", "forests", "mines", "schools", "ports", "farms", "housing",
  ]
  private static let topicNames = [
    "grain storage", "night trains", "river dams", "school meals", "fish quotas", "wind towers", "clean wells",
    "bridge tolls", "forest fires", "rural clinics", "harbor dues", "seed banks", "mine safety", "postal rates",
    "winter roads", "public baths", "salt taxes", "city parks", "farm credit", "coal smoke",
  ]
  private static let goodsNames = [
    "barley", "copper", "paper", "cotton", "sugar", "timber", "glass", "wool", "honey", "coffee", "leather", "silver",
    "rice", "steel", "linen", "maize",
  ]
}

/// An invented illness with its four facts.
package struct Condition: Sendable, Equatable {
  package let name: String
  /// The part of the body that it affects.
  package let organ: String
  /// What a patient shows.
  package let sign: String
  /// The drug that treats it and nothing else.
  package let drug: Drug
}

/// An invented drug with its two facts.
package struct Drug: Sendable, Equatable {
  package let name: String
  /// The class of drugs that it belongs to.
  package let family: String
  /// Its side effect.
  package let effect: String
}

/// Invented words that can be pronounced, each given out once.
struct NameMaker {
  private var generator: SplitMix64
  private var given: Set<String> = []
  private static let onsets = [
    "b", "br", "c", "d", "dr", "f", "g", "gr", "h", "k", "l", "m", "n", "p", "pr", "r", "s", "st", "t", "tr", "v", "z",
  ]
  private static let vowels = ["a", "e", "i", "o", "u"]
  private static let codas = ["l", "m", "n", "r", "s", "k", "x", "t", "d"]

  init(seed: UInt64, stream: UInt64) {
    generator = SplitMix64(seed: seed, stream: stream)
  }

  /// Words that only syllables make, such as `dravolin`; `ending` is appended.
  mutating func word(syllables: Int, ending: String = "", capital: Bool = false) -> String {
    while true {
      var word = ""
      for _ in 0..<syllables {
        word += generator.pick(Self.onsets) + generator.pick(Self.vowels)
      }
      word += ending.isEmpty ? generator.pick(Self.codas) : ending
      if capital { word = word.prefix(1).uppercased() + word.dropFirst() }
      if given.insert(word).inserted { return word }
    }
  }

  mutating func words(_ count: Int, syllables: Int, ending: String = "", capital: Bool = false) -> [String] {
    (0..<count).map { _ in word(syllables: syllables, ending: ending, capital: capital) }
  }
}

extension SplitMix64 {
  /// One of `items`, which must not be empty.
  mutating func pick<C: RandomAccessCollection>(_ items: C) -> C.Element {
    items[items.index(items.startIndex, offsetBy: below(items.count))]
  }

  /// `count` different items in random order; all of them if there are fewer.
  mutating func sample<C: RandomAccessCollection>(_ count: Int, from items: C) -> [C.Element] {
    var pool = Array(items)
    let wanted = min(count, pool.count)
    for index in 0..<wanted {
      pool.swapAt(index, index + below(pool.count - index))
    }
    return Array(pool.prefix(wanted))
  }

  mutating func chance(_ probability: Double) -> Bool { uniform() < probability }

  mutating func between(_ low: Int, _ high: Int) -> Int { low + below(high - low + 1) }
}
