/// A dictionary in the order of insertion, its keys told apart by their bytes.
struct TemplateMap {
  struct Member {
    let key: String
    var value: TemplateValue
  }

  private(set) var members: [Member] = []
  private var places: [TemplateKey: Int] = [:]

  subscript(key: String) -> TemplateValue? {
    get { places[TemplateKey(key)].map { members[$0].value } }
    set {
      guard let newValue else { return }
      let name = TemplateKey(key)
      if let place = places[name] {
        members[place].value = newValue
      } else {
        places[name] = members.count
        members.append(Member(key: key, value: newValue))
      }
    }
  }
}
