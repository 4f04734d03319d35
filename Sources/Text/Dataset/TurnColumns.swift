/// Turns as `datasets` stores a Sequence of objects: one object of lists, `{"from": [...], "value": [...]}`.
enum TurnColumns {
  private static let fields = ["messages", "conversations", "conversation"]

  /// The record with such fields as lists of turns.
  static func joined(_ record: JSONObject) -> JSONObject {
    guard record.members.contains(where: { fields.contains($0.key) && $0.value.object != nil }) else { return record }
    return JSONObject(
      record.members.map { member in
        guard fields.contains(member.key), let turns = turns(member.value) else { return member }
        return JSONObject.Member(key: member.key, value: .array(turns))
      })
  }

  private static func turns(_ value: JSONValue) -> [JSONValue]? {
    guard let object = value.object, object["role"] != nil || object["from"] != nil else { return nil }
    let columns = object.members.compactMap(\.value.array)
    guard columns.count == object.members.count, let count = columns.first?.count,
      columns.allSatisfy({ $0.count == count })
    else { return nil }
    return (0..<count).map { row in
      .object(JSONObject(zip(object.members, columns).map { JSONObject.Member(key: $0.key, value: $1[row]) }))
    }
  }
}
