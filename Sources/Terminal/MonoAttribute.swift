/// What stands for a colour where there is none.
public enum MonoAttribute: String, CaseIterable, Sendable {
  case normal, bold, dim, underline, reverse, italic
}
