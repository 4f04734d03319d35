/// What the engine side implements; a front end never sees it, only the bus.
public protocol EngineEndpoint: Sendable {
  func handle(_ command: Command) async -> CommandOutcome
  func answer(_ query: Query) async -> Reply
}
