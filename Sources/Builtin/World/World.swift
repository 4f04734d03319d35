import Recipe
import Training

/// The invented world that corpus and tasks speak of. Nothing in it exists, so nothing is licensed, and no other model has read of it.
public struct World: Sendable {
  public let conditions: [Condition]
  public let committees: [String]
  public let topics: [String]
  public let surnames: [String]
  public let companies: [String]
  public let towns: [String]
  public let goods: [String]

  /// The world of the embedded base.
  public static let standard = World(seed: 1)

  public init(seed: UInt64) {
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

  public static let conditionCount = 96

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
