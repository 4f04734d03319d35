/// What the lines of a sheet are labelled with: printed in capitals, spoken of in small letters.
enum SheetLabel {
  static let words = [
    "invoice", "date", "tax", "total", "sum", "price", "weight", "count", "code", "room", "gate", "hour", "debt",
    "rent", "from", "page",
  ]
}
