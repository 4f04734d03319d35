/// Templates for models that bring none, or one that goes beyond what is interpreted: `--chat-template NAME`.
///
/// Each writes the family's documented turn format; none rewrites a turn once it is said, so every turn can be trained.
public enum BuiltinChatTemplate: String, CaseIterable, Sendable {
  case chatml, llama3, gemma, mistral, phi3, qwen, zephyr, deepseek

  /// For messages: the names with bars between them.
  public static var names: String { allCases.map(\.rawValue).joined(separator: "|") }

  /// What ends and begins a text where the tokenizer does not say.
  var tokens: [String: String] {
    switch self {
    case .llama3: ["bos_token": "<|begin_of_text|>"]
    case .gemma: ["bos_token": "<bos>"]
    case .mistral: ["bos_token": "<s>", "eos_token": "</s>"]
    case .zephyr: ["eos_token": "</s>"]
    case .deepseek: ["bos_token": "<｜begin▁of▁sentence｜>", "eos_token": "<｜end▁of▁sentence｜>"]
    case .chatml, .phi3, .qwen: [:]
    }
  }

  var source: String {
    switch self {
    case .chatml:
      """
      {% for message in messages %}
      {{ '<|im_start|>' + message.role + '\\n' }}{% if message.role == 'assistant' %}{% generation %}{{ message.content + '<|im_end|>' }}{% endgeneration %}{% else %}{{ message.content + '<|im_end|>' }}{% endif %}{{ '\\n' }}
      {%- endfor %}
      {% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}
      """
    case .qwen:
      """
      {% if messages[0].role != 'system' %}
      {{ '<|im_start|>system\\nYou are a helpful assistant.<|im_end|>\\n' }}
      {%- endif %}
      """ + Self.chatml.source
    case .llama3:
      """
      {{ bos_token }}{% for message in messages %}
      {{ '<|start_header_id|>' + message.role + '<|end_header_id|>\\n\\n' }}{% if message.role == 'assistant' %}{% generation %}{{ message.content | trim + '<|eot_id|>' }}{% endgeneration %}{% else %}{{ message.content | trim + '<|eot_id|>' }}{% endif %}
      {% endfor %}
      {% if add_generation_prompt %}{{ '<|start_header_id|>assistant<|end_header_id|>\\n\\n' }}{% endif %}
      """
    case .phi3:
      """
      {% for message in messages %}
      {{ '<|' + message.role + '|>\\n' }}{% if message.role == 'assistant' %}{% generation %}{{ message.content + '<|end|>' }}{% endgeneration %}{% else %}{{ message.content + '<|end|>' }}{% endif %}{{ '\\n' }}
      {%- endfor %}
      {% if add_generation_prompt %}{{ '<|assistant|>\\n' }}{% endif %}
      """
    case .zephyr:
      """
      {% for message in messages %}
      {{ '<|' + message.role + '|>\\n' }}{% if message.role == 'assistant' %}{% generation %}{{ message.content + eos_token }}{% endgeneration %}{% else %}{{ message.content + eos_token }}{% endif %}{{ '\\n' }}
      {%- endfor %}
      {% if add_generation_prompt %}{{ '<|assistant|>\\n' }}{% endif %}
      """
    case .deepseek:
      // As DeepSeek-R1 and its distillates are asked: every answer begins with a thought, an empty one where the data has none.
      """
      {{ bos_token }}{% set ns = namespace(system='') %}{% for message in messages %}
      {% if message.role == 'system' %}{% set ns.system = ns.system + ('\\n\\n' if ns.system else '') + message.content %}{% endif %}
      {%- endfor %}
      {{ ns.system }}{% for message in messages %}{% if message.role == 'assistant' %}
      {{ '<｜Assistant｜><think>\\n' }}{% generation %}
      {% if message.reasoning_content is string %}{{ message.reasoning_content + '\\n</think>\\n\\n' + message.content }}
      {%- elif '</think>' in message.content %}{{ (message.content[7:] if message.content.startswith('<think>') else message.content).lstrip('\\n') }}
      {%- else %}{{ '\\n</think>\\n\\n' + message.content }}
      {%- endif %}{{ eos_token }}{% endgeneration %}
      {%- elif message.role != 'system' %}{{ '<｜User｜>' + message.content }}
      {%- endif %}{% endfor %}
      {% if add_generation_prompt %}{{ '<｜Assistant｜><think>\\n' }}{% endif %}
      """
    case .gemma:
      // No system turn: its text goes before the first question.
      """
      {{ bos_token }}{% set ns = namespace(system='') %}{% for message in messages %}
      {% if message.role == 'system' %}{% set ns.system = ns.system + (message.content | trim) + '\\n\\n' %}
      {% elif message.role == 'assistant' %}
      {{ '<start_of_turn>model\\n' }}{% generation %}{{ message.content | trim + '<end_of_turn>' }}{% endgeneration %}{{ '\\n' }}
      {%- else %}
      {{ '<start_of_turn>' + message.role + '\\n' + ns.system + (message.content | trim) + '<end_of_turn>\\n' }}{% set ns.system = '' %}
      {% endif %}{% endfor %}
      {% if add_generation_prompt %}{{ '<start_of_turn>model\\n' }}{% endif %}
      """
    case .mistral:
      """
      {{ bos_token }}{% set ns = namespace(system='') %}{% for message in messages %}
      {% if message.role == 'system' %}{% set ns.system = ns.system + (message.content | trim) + '\\n\\n' %}
      {% elif message.role == 'assistant' %}
      {% generation %}{{ ' ' + (message.content | trim) + eos_token }}{% endgeneration %}
      {% else %}
      {{ '[INST] ' + ns.system + (message.content | trim) + '[/INST]' }}{% set ns.system = '' %}
      {% endif %}{% endfor %}
      """
    }
  }
}
