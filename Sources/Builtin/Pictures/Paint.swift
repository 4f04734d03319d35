/// The colours of a scene's objects, by their names.
package enum Paint: String, CaseIterable, Sendable {
  case red, blue, green, yellow, black

  package var color: Color {
    switch self {
    case .red: Color(205, 40, 40)
    case .blue: Color(40, 70, 205)
    case .green: Color(30, 145, 60)
    case .yellow: Color(225, 195, 30)
    case .black: Color(35, 35, 35)
    }
  }
}
