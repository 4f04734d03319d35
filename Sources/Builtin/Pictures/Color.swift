/// A colour of 8 bits a channel.
package struct Color: Sendable, Equatable {
  package var red: Int
  package var green: Int
  package var blue: Int

  init(_ red: Int, _ green: Int, _ blue: Int) {
    self.red = red
    self.green = green
    self.blue = blue
  }
}
