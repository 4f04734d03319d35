import Recipe

/// A data set as a model will see it: what was found in it, and its first examples token by token.
public struct DataExamples: Hashable, Sendable {
  /// What decides it.
  public struct Request: Hashable, Sendable {
    public var model: ModelReference
    public var data: DataReference
    public var settings: RunSettings

    public init(model: ModelReference, data: DataReference, settings: RunSettings) {
      self.model = model
      self.data = data
      self.settings = settings
    }
  }

  public struct Piece: Hashable, Sendable {
    /// Part of the text; empty where a character began in the token before.
    public var text: String
    /// The loss falls on this token.
    public var isTrained: Bool

    public init(text: String, isTrained: Bool) {
      self.text = text
      self.isTrained = isTrained
    }
  }

  public struct Sample: Hashable, Sendable {
    /// Line or place in the file, from 1.
    public var place: Int
    public var pieces: [Piece]
    public var isTruncated: Bool

    public init(place: Int, pieces: [Piece], isTruncated: Bool) {
      self.place = place
      self.pieces = pieces
      self.isTruncated = isTruncated
    }
  }

  /// The form that was found: `messages, 1 204 conversations`.
  public var detected: String
  /// How it becomes text: `chat template of the model`, `plain text`.
  public var rendering: String
  /// What ends an answer, what begins a text, and what else a person should know, a line each.
  public var facts: [String]
  public var trainingExamples: Int
  public var evaluationExamples: Int
  public var truncated: Int
  /// Lines or places whose completion is cut away entirely.
  public var leftOut: [Int]
  public var tokens: Int
  public var trainedTokens: Int
  /// Tokens of the longest example, before it is cut.
  public var longest: Int
  public var samples: [Sample]

  public init(
    detected: String, rendering: String, facts: [String] = [], trainingExamples: Int, evaluationExamples: Int,
    truncated: Int,
    leftOut: [Int], tokens: Int, trainedTokens: Int, longest: Int, samples: [Sample]
  ) {
    self.detected = detected
    self.rendering = rendering
    self.facts = facts
    self.trainingExamples = trainingExamples
    self.evaluationExamples = evaluationExamples
    self.truncated = truncated
    self.leftOut = leftOut
    self.tokens = tokens
    self.trainedTokens = trainedTokens
    self.longest = longest
    self.samples = samples
  }
}
