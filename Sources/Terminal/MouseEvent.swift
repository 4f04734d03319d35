/// A report of the mouse (modes 1002 and 1006): press, release and drag, never bare motion.
public struct MouseEvent: Equatable, Hashable, Sendable {
  public enum Action: Sendable { case press, release, drag, wheelUp, wheelDown }
  public enum Button: Sendable { case left, middle, right, none }

  public var action: Action
  public var button: Button
  /// Column and row from 0.
  public var x: Int
  public var y: Int
  public var shift: Bool
  public var alt: Bool
  public var control: Bool

  public init(
    _ action: Action, _ button: Button, x: Int, y: Int, shift: Bool = false, alt: Bool = false, control: Bool = false
  ) {
    self.action = action
    self.button = button
    self.x = x
    self.y = y
    self.shift = shift
    self.alt = alt
    self.control = control
  }
}
