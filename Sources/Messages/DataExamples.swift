import Recipe

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
