import Recipe

/// One folder as the browser shows it: what may be chosen in it, and where else one can go.
public struct FolderListing: Hashable, Sendable {
  /// What is looked for.
  public enum Purpose: String, Hashable, Sendable { case model, data }

  public enum Kind: Hashable, Sendable {
    case folder
    /// A folder with a `config.json`.
    case model
    case data
  }

  public struct Entry: Hashable, Sendable {
    public var name: String
    public var path: String
    public var kind: Kind
    /// What it is, in a few words: `llama, 269 MB`; empty for plain folders.
    public var note: String
    /// The published data set that the path was used as; nil where the path itself is what is chosen.
    public var published: DataReference?

    public init(name: String, path: String, kind: Kind, note: String = "", published: DataReference? = nil) {
      self.name = name
      self.path = path
      self.kind = kind
      self.note = note
      self.published = published
    }
  }

  public var path: String
  /// Nil at the root.
  public var parent: String?
  /// Folders and what may be chosen, by name; hidden ones last.
  public var entries: [Entry]
  /// What runs of this store were made with and is still there, newest first.
  public var recent: [Entry]
  /// The entry that was asked for by its own path.
  public var named: String?
  /// True where there is more in the folder than is listed.
  public var isCut: Bool

  public init(
    path: String, parent: String?, entries: [Entry], recent: [Entry] = [], named: String? = nil, isCut: Bool = false
  ) {
    self.path = path
    self.parent = parent
    self.entries = entries
    self.recent = recent
    self.named = named
    self.isCut = isCut
  }
}

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
