import Recipe
import Testing

@Suite struct LayerSelectionTests {
  @Test(arguments: [
    ("0-11", "0-11"), ("5", "5"), ("3,1-2", "1-3"), ("20-", "20-"), ("last:4", "last:4"), ("0-", "0-"),
    ("4-,2-3", "2-"), ("1, 3", "1,3"), ("last:2,last:5,0", "0,last:5"), ("7-9,0-,2", "0-"),
  ])
  func isWrittenAsItIsRead(text: String, written: String) throws {
    let selection = try LayerSelection(parsing: text)
    #expect(selection.description == written)
    #expect(try LayerSelection(parsing: written) == selection)
  }

  @Test(arguments: [
    ("", LayerSelectionError.empty), ("1,,2", .empty), ("a", .unreadable("a")), ("last", .unreadable("last")),
    ("last:0", .unreadable("last:0")), ("10000", .unreadable("10000")), ("9-3", .reversed(9, 3)),
  ])
  func isRefused(text: String, error: LayerSelectionError) {
    #expect(throws: error) { try LayerSelection(parsing: text) }
  }

  @Test(arguments: [
    ("0-3", 4, nil), ("0-4", 4, "there is no layer 4; the model has layers 0 to 3"),
    ("last:5", 4, "the model has only 4 layers"), ("3-", 4, nil),
    ("4-", 4, "there is no layer 4; the model has layers 0 to 3"),
  ])
  func saysWhatAModelLacks(text: String, count: Int, problem: String?) throws {
    #expect(try LayerSelection(parsing: text).problem(in: count) == problem)
  }
}
