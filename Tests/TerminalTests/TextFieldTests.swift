import Terminal
import Testing

@Suite struct TextFieldTests {
  func field(_ text: String, _ keys: Key...) -> TextField {
    var field = TextField(text)
    for key in keys { _ = field.handle(key) }
    return field
  }

  @Test func editing() {
    #expect(field("", .character("a"), .character("b")).text == "ab")
    let inserted = field("ac", .left, .character("b"))
    #expect(inserted.text == "abc" && inserted.cursor == 2)
    #expect(field("abc", .backspace).text == "ab")
    #expect(field("abc", .home, .delete).text == "bc")
    #expect(field("abc", .control("a"), .character("x")).text == "xabc")
    #expect(field("abc", .control("u")).text.isEmpty)
    #expect(field("abc", .left, .control("k")).text == "ab")
    let word = field("one two  ", .control("w"))
    #expect(word.text == "one " && word.cursor == 4)
    #expect(field("éà日", .left, .backspace).text == "é日")
  }

  @Test func pastesLoseTheirLineBreaks() {
    let pasted = field("", .paste("a\r\nb\u{1b}[A\tc"))
    #expect(pasted.text == "a b [A c")
    #expect(pasted.cursor == 8)
  }

  @Test func outcomes() {
    var field = TextField("a", limit: 2)
    #expect(field.handle(.enter) == .accepted)
    #expect(field.handle(.escape) == .cancelled)
    #expect(field.handle(.control("c")) == .cancelled)
    #expect(field.handle(.tab) == .complete)
    #expect(field.handle(.right) == .ignored)
    #expect(field.handle(.delete) == .ignored)
    #expect(field.handle(.pageUp) == .ignored)
    #expect(field.handle(.paste("bcd")) == .edited)
    #expect(field.text == "ab")
    #expect(field.handle(.character("x")) == .ignored)
  }

  @Test func theCursorStaysInTheWindow() {
    let long = TextField("abcdefghij")
    #expect(long.window(columns: 5) == ("ghij", 4))
    var home = long
    _ = home.handle(.home)
    #expect(home.window(columns: 5) == ("abcde", 0))
    #expect(long.window(columns: 0) == ("", 0))
    #expect(TextField("日本").window(columns: 4) == ("本", 2))
  }
}
