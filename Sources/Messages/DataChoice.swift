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

extension DataPreview {
  /// What decides what a preview shows.
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
}
