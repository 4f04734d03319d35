/// The one kind of value that can be changed.
final class TemplateNamespace {
  var attributes = TemplateMap()
}
