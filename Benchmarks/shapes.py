"""The shapes that both sides run, as `transformers` names their parts. Weights are random: speed does not depend on them."""

SHAPES = {
    "5M": dict(hidden_size=256, num_hidden_layers=6, num_attention_heads=8, num_key_value_heads=4, head_dim=32,
               intermediate_size=704, vocab_size=2048, rope_theta=10000.0),
    "135M": dict(hidden_size=576, num_hidden_layers=30, num_attention_heads=9, num_key_value_heads=3, head_dim=64,
                 intermediate_size=1536, vocab_size=49152, rope_theta=100000.0),
}
GROUPS = {
    "qkv": ["q_proj", "k_proj", "v_proj"], "o_proj": ["o_proj"], "fc1": ["gate_proj", "up_proj"],
    "fc2": ["down_proj"],
}
