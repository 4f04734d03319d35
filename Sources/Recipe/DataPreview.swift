/// What training would make of a data set: its form, how much of it there is, what is cut, and the first examples token by token.
public struct DataPreview: Sendable, Equatable {
  /// One example as the model sees it.
  public struct Sample: Sendable, Equatable {
    /// The line or item of the file, or the task's own number.
    public let place: Int
    /// Of a conversation that makes one example of each answer, the turn (from 1) whose answer this one is.
    public let turn: Int?
    public let pieces: [TokenPiece]
    /// Whether it was cut at the sequence length.
    public let isTruncated: Bool

    public init(place: Int, turn: Int? = nil, pieces: [TokenPiece], isTruncated: Bool) {
      self.place = place
      self.turn = turn
      self.pieces = pieces
      self.isTruncated = isTruncated
    }
  }

  /// `messages, 1 204 conversations`.
  public let detected: String
  /// `the model's chat template`, `chat template chatml` or `plain text`.
  public let rendering: String
  /// What is trained on and what is evaluated on, before anything is left out.
  public let examples: Int
  public let evaluationExamples: Int
  /// How many are cut at the sequence length and still have something to learn.
  public let truncated: Int
  /// The places of those that have nothing left to learn and are left out.
  public let leftOut: [Int]
  /// Of what is trained on, after cutting.
  public let tokens: Int
  public let trainedTokens: Int
  /// Tokens of the longest example, before cutting.
  public let longest: Int
  /// The first ones of those that are trained on.
  public let samples: [Sample]
  /// What ends an answer, and whether it is trained.
  public let answerEnd: AnswerEnd
  /// Whether a text begins with a token of its own.
  public let textStart: TextStart
  /// The places of those in `leftOut` that have nothing to learn at any length.
  public let withoutAnswers: [Int]
  /// What a person should know of the data besides, a line each.
  public let notes: [String]

  public init(
    detected: String, rendering: String, examples: Int, evaluationExamples: Int, truncated: Int, leftOut: [Int],
    tokens: Int, trainedTokens: Int, longest: Int, samples: [Sample], answerEnd: AnswerEnd, textStart: TextStart,
    withoutAnswers: [Int] = [], notes: [String] = []
  ) {
    self.detected = detected
    self.rendering = rendering
    self.examples = examples
    self.evaluationExamples = evaluationExamples
    self.truncated = truncated
    self.leftOut = leftOut
    self.tokens = tokens
    self.trainedTokens = trainedTokens
    self.longest = longest
    self.samples = samples
    self.answerEnd = answerEnd
    self.textStart = textStart
    self.withoutAnswers = withoutAnswers
    self.notes = notes
  }

  /// How many a longer sequence would keep whole.
  public var cutCount: Int { truncated + leftOut.count - withoutAnswers.count }

  /// Nothing is left to train on at this length.
  public var isEmpty: Bool { trainedTokens == 0 }

  /// What is trained on once `leftOut` is left out.
  public var trainingExamples: Int { examples - leftOut.count }

  /// What ends an answer, what begins a text, and what else a person should know, a line each.
  public var facts: [String] { [answerEnd.description, textStart.description] + notes }
}

/// A token as a person reads it; the many tokens of an image are one piece, `[image 8×8]`.
public struct TokenPiece: Sendable, Equatable {
  public let id: Int32
  /// A character that is cut over several tokens stands whole with the first of them, and the others have no text.
  public let text: String
  /// Whether it carries loss.
  public let isTrained: Bool

  public init(id: Int32, text: String, isTrained: Bool) {
    self.id = id
    self.text = text
    self.isTrained = isTrained
  }
}

/// What ends an answer, as the examples are written out: what a model has to learn to write when it is done.
public struct AnswerEnd: Sendable, Equatable, Codable {
  /// The text after an answer, without the white space around it; empty where there is only white space or nothing.
  public var text: String
  /// The token that the text begins with, if it is one of the tokenizer's own rather than a piece of ordinary text.
  public var token: Int32?
  /// How many tokens the text has.
  public var count: Int
  /// Whether the loss falls on it.
  public var isTrained: Bool
  /// Where generation stops, in words, apart from its greatest length.
  public var stops: [String]

  public init(text: String, token: Int32?, count: Int, isTrained: Bool, stops: [String]) {
    self.text = text
    self.token = token
    self.count = count
    self.isTrained = isTrained
    self.stops = stops
  }

  /// One line for a person.
  public var description: String {
    let others = stops.isEmpty ? "" : ", only at \(stops.joined(separator: " or "))"
    if text.isEmpty {
      return "nothing marks the end of an answer: generation does not stop there\(others)"
    }
    let loss = isTrained ? "trained" : "not trained: the model may not learn to stop"
    if token == nil {
      let tokens = count == 1 ? "a token of ordinary text" : "\(count) tokens of ordinary text"
      return "an answer ends with \(text), \(tokens) (\(loss)): generation does not stop there\(others)"
    }
    return "an answer ends with \(text) (\(loss)); generation stops at \(stops.joined(separator: " or "))"
  }
}

/// Whether a text begins with a token of its own, and whether the model's folder asks for one.
public struct TextStart: Sendable, Equatable, Codable {
  /// The token as the tokenizer writes it; nil where a text begins with its own first token.
  public var token: String?
  /// Whether the chat template writes it, rather than the tokenizer.
  public var isOfTemplate: Bool
  /// What `add_bos_token` says; nil where it says nothing.
  public var isAskedFor: Bool?

  public init(token: String?, isOfTemplate: Bool, isAskedFor: Bool?) {
    self.token = token
    self.isOfTemplate = isOfTemplate
    self.isAskedFor = isAskedFor
  }

  /// One line for a person.
  public var description: String {
    let source = isOfTemplate ? "the chat template" : "tokenizer.json"
    if let token {
      let other =
        isAskedFor == false && !isOfTemplate ? ", though tokenizer_config.json says add_bos_token: false" : ""
      return "a text begins with \(token), from \(source)\(other)"
    }
    let other =
      isAskedFor == true && !isOfTemplate
      ? ", though tokenizer_config.json says add_bos_token: true (transformers 4 adds the token, transformers 5 does not)"
      : ""
    return "a text begins with no token of its own: \(source) adds none\(other)"
  }
}
