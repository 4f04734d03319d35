"""Small Parquet files of every kind that is read, and the rows that they hold: index.json names the file of rows for each.

`pip install pyarrow`, then `python Tests/Fixtures/parquet/make_parquet.py`. The rows are what pyarrow itself reads back, with values
written as the reader writes them: days and times in ISO 8601, decimals with all their digits, bytes in base64, what is not finite as null.
"""
import base64, datetime, decimal, json, math, os, uuid

import pyarrow as pa
import pyarrow.parquet as pq

HERE = os.path.dirname(os.path.abspath(__file__))


def shown(value, kind, name=""):
    """A value as the reader has it."""
    if value is None:
        return None
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        return [shown(v, kind.value_type) for v in value]
    if pa.types.is_struct(kind):
        return {kind.field(i).name: shown(value[kind.field(i).name], kind.field(i).type, kind.field(i).name)
                for i in range(kind.num_fields)}
    if pa.types.is_map(kind):
        return {str(k): shown(v, kind.item_type) for k, v in value}
    if pa.types.is_dictionary(kind):
        return shown(value, kind.value_type, name)
    if isinstance(value, float):
        if not math.isfinite(value):
            return None
        return value
    if isinstance(value, bytes):
        encoded = base64.b64encode(value).decode()
        if name == "bytes":
            return encoded
        try:
            return value.decode()
        except UnicodeDecodeError:
            return {"bytes": encoded}
    if isinstance(value, decimal.Decimal):
        return format(value, "f")
    if isinstance(value, datetime.datetime):
        text = value.isoformat()
        return text.replace("+00:00", "Z")
    if isinstance(value, (datetime.date, datetime.time)):
        return value.isoformat()
    return value


def rows(table):
    return [{f.name: shown(row[f.name], f.type, f.name) for f in table.schema} for row in table.to_pylist()]


INDEX = {}


def write(name, table, expected=None, of=None, **options):
    """`of` names the rows, where several files hold the same."""
    path = os.path.join(HERE, name + ".parquet")
    pq.write_table(table, path, **options)
    expected = rows(pq.read_table(path)) if expected is None else expected
    INDEX[name] = of or name
    target = os.path.join(HERE, INDEX[name] + ".json")
    text = json.dumps(expected, ensure_ascii=False)
    if list(INDEX.values()).count(INDEX[name]) > 1:
        assert open(target).read() == text, name
    with open(target, "w") as f:
        f.write(text)


def texts():
    return pa.table({
        "prompt": ["two plus two?", "", "é 🙂\nline", "none", "two plus two?"],
        "completion": ["four", "empty", "ünï", None, "4"],
        "id": pa.array([1, -2, None, 2**31 - 1, 4], pa.int32()),
    })


def conversations(count=7):
    turn = pa.struct([("role", pa.string()), ("content", pa.string())])
    lists = []
    for i in range(count):
        if i == 3:
            lists.append([])
        elif i == 4:
            lists.append(None)
        else:
            lists.append([{"role": "user", "content": f"q{i}"}] + [
                {"role": "assistant", "content": None if i == 5 else f"a{i}.{j}"} for j in range(i % 3 + 1)])
    return pa.table({"messages": pa.array(lists, pa.list_(turn)), "n": pa.array(range(count), pa.int64())})


def nested():
    deep = pa.struct([("a", pa.list_(pa.list_(pa.int64()))), ("b", pa.struct([("c", pa.string()), ("d", pa.list_(pa.string()))]))])
    values = [
        {"a": [[1, 2], [], None, [3]], "b": {"c": "x", "d": ["p", None, "q"]}},
        None,
        {"a": None, "b": None},
        {"a": [], "b": {"c": None, "d": []}},
        {"a": [[None]], "b": {"c": "", "d": None}},
    ]
    maps = pa.map_(pa.string(), pa.list_(pa.int32()))
    return pa.table({
        "deep": pa.array(values, deep),
        "tags": pa.array([["x", "y"], None, [], [None], ["z"]], pa.list_(pa.string())),
        "map": pa.array([[("k", [1]), ("l", None)], [], None, [("m", [])], [("n", [2, 3])]], maps),
    })


def kinds():
    when = datetime.datetime(2024, 2, 29, 13, 5, 6, 789000)
    old = datetime.datetime(1899, 12, 31, 23, 59, 59, 1000)
    D = decimal.Decimal
    return pa.table({
        "bool": pa.array([True, None, False]),
        "int8": pa.array([-128, None, 127], pa.int8()),
        "uint8": pa.array([0, None, 255], pa.uint8()),
        "int16": pa.array([-32768, None, 32767], pa.int16()),
        "uint32": pa.array([0, None, 2**32 - 1], pa.uint32()),
        "int64": pa.array([-2**63, None, 2**63 - 1], pa.int64()),
        "uint64": pa.array([0, None, 2**63 - 1], pa.uint64()),
        "half": pa.array([0.5, None, -2.0], pa.float16()),
        "float": pa.array([0.5, None, -1.25], pa.float32()),
        "double": pa.array([0.1, float("nan"), -1e300]),
        "date": pa.array([datetime.date(1970, 1, 1), None, datetime.date(1600, 2, 29)]),
        "time_ms": pa.array([datetime.time(1, 2, 3, 4000), None, datetime.time(23, 59, 59)], pa.time32("ms")),
        "time_us": pa.array([datetime.time(1, 2, 3, 4), None, datetime.time(0, 0, 0)], pa.time64("us")),
        "stamp_ms": pa.array([when, None, old], pa.timestamp("ms")),
        "stamp_utc": pa.array([when, None, old], pa.timestamp("us", tz="UTC")),
        "decimal_small": pa.array([D("1.50"), None, D("-0.07")], pa.decimal128(7, 2)),
        "decimal_large": pa.array([D("12345678901234567890123456.789"), None, D("-0.001")], pa.decimal128(38, 3)),
        "decimal_whole": pa.array([D("100"), None, D("-5")], pa.decimal128(12, 0)),
        "fixed": pa.array([b"abc", None, b"\xff\x00\x01"], pa.binary(3)),
        "binary": pa.array([b"text \xc3\xa9", None, b"\x89PNG"], pa.binary()),
        "large": pa.array(["l", None, ""], pa.large_string()),
        "category": pa.array(["red", None, "red"]).dictionary_encode(),
    })


def kinds_expected(table):
    result = rows(table)
    for row, milli, micro in zip(result, ["2024-02-29T13:05:06.789", None, "1899-12-31T23:59:59.001"],
                                 ["2024-02-29T13:05:06.789000Z", None, "1899-12-31T23:59:59.001000Z"]):
        row["stamp_ms"], row["stamp_utc"] = milli, micro
    for row, milli, micro in zip(result, ["01:02:03.004", None, "23:59:59"], ["01:02:03.000004", None, "00:00:00"]):
        row["time_ms"], row["time_us"] = milli, micro
    return result


def pictures():
    from io import BytesIO
    from PIL import Image
    result = []
    for i in range(3):
        out = BytesIO()
        Image.new("RGB", (3, 2), (40 * i, 7, 255 - 40 * i)).save(out, "PNG")
        result.append(out.getvalue())
    picture = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
    return pa.table({
        "image": pa.array([{"bytes": result[0], "path": "a.png"}, {"bytes": result[1], "path": None},
                           {"bytes": result[2], "path": "c.png"}], picture),
        "question": ["red?", "green?", "blue?"],
        "answer": ["no", "no", "yes"],
    })


def many(count=700):
    """Long enough for several pages, row groups and groups of packed bits."""
    return pa.table({
        "prompt": [f"question {i % 97} of {i}" for i in range(count)],
        "completion": [None if i % 11 == 0 else f"answer {i % 5}" for i in range(count)],
        "n": pa.array([i * i * (-1) ** i for i in range(count)], pa.int64()),
        "m": pa.array([None if i % 3 == 0 else i for i in range(count)], pa.int32()),
        "x": pa.array([i / 7 for i in range(count)]),
        "b": pa.array([i % 3 == 0 for i in range(count)]),
        "l": pa.array([None if i % 13 == 0 else [f"w{j}" for j in range(i % 4)] for i in range(count)], pa.list_(pa.string())),
    })


class Long(int):
    """A number that is written as one of 64 bits."""


class Thrift:
    """A structure of Thrift's compact protocol: numbers, texts, lists of structures, structures by their field numbers."""

    def __init__(self, **fields):
        self.fields = {int(name[1:]): value for name, value in fields.items()}

    @staticmethod
    def number(value):
        result = b""
        while value > 127:
            result, value = result + bytes([value & 127 | 128]), value >> 7
        return result + bytes([value])

    def value(self, value):
        if isinstance(value, int):
            return 6 if isinstance(value, Long) else 5, self.number(value << 1)
        if isinstance(value, str):
            return 8, self.number(len(value)) + value.encode()
        if isinstance(value, list):
            kind = self.value(value[0])[0]
            return 9, bytes([len(value) << 4 | kind]) + b"".join(self.value(v)[1] for v in value)
        return 12, value.bytes()

    def bytes(self):
        result, last = b"", 0
        for name, value in sorted(self.fields.items()):
            kind, data = self.value(value)
            result += bytes([(name - last) << 4 | kind]) + data
            last = name
        return result + b"\0"


def by_hand(name, expected, **extra):
    """What pyarrow no longer writes: lists of two levels, their levels packed, the highest bit first.

    (pyarrow 26 reads such levels with the lowest bit first, which is not what the format says.)
    """
    levels = bytes([0b01000000]) + bytes([0b10100001, 0b10000000])
    data = levels + b"".join(len(v).to_bytes(4, "little") + v for v in [b"x", b"y", b"z"])
    page = Thrift(_1=0, _2=len(data), _3=len(data), _5=Thrift(_1=5, _2=0, _3=4, _4=4)).bytes() + data
    schema = [Thrift(_4="schema", _5=1), Thrift(_3=1, _4="tags", _5=1, _6=3), Thrift(_1=6, _3=2, _4="array", _6=0)]
    column = Thrift(_1=6, _2=[0], _3=["tags", "array"], _4=0, _5=Long(5), _6=Long(len(page)),
                    _7=Long(len(page)), _9=Long(4))
    group = Thrift(_1=[Thrift(_2=Long(4), _3=column)], _2=Long(len(page)), _3=Long(4))
    footer = Thrift(_1=1, _2=schema, _3=Long(4), _4=[group], **extra).bytes()
    with open(os.path.join(HERE, name + ".parquet"), "wb") as f:
        f.write(b"PAR1" + page + footer + len(footer).to_bytes(4, "little") + b"PAR1")
    if expected is not None:
        INDEX[name] = name
        with open(os.path.join(HERE, name + ".json"), "w") as f:
            json.dump(expected, f)


def published():
    """Data sets as the hub has them: MedMCQA in shards, its `cop` from 0; LLaVA-CoT and invoices with their pictures in the rows."""
    def questions(first, answers):
        n = range(first, first + len(answers))
        return pa.table({
            "id": [f"q{i}" for i in n], "question": [f"Which is {i}?" for i in n], "opa": ["one"] * len(answers),
            "opb": ["two"] * len(answers), "opc": ["three"] * len(answers), "opd": ["four"] * len(answers),
            "cop": pa.array(answers, pa.int64()), "choice_type": ["single"] * len(answers),
            "exp": pa.array([None] * len(answers), pa.string()),
        })

    folder = os.path.join(HERE, "published", "medmcqa", "data")
    os.makedirs(folder, exist_ok=True)
    for name, first, answers in [("train-00000-of-00002", 0, [1, 2]), ("train-00001-of-00002", 2, [3, 1]),
                                 ("validation-00000-of-00001", 4, [2]), ("test-00000-of-00001", 5, [-1, -1])]:
        pq.write_table(questions(first, answers), os.path.join(folder, name + ".parquet"))
    image = pictures().column("image")
    turn = pa.struct([("from", pa.string()), ("value", pa.string())])
    talks = [[{"from": "human", "value": f"<image>\nWhat is {i}?"},
              {"from": "gpt", "value": f"<SUMMARY>s</SUMMARY> <CONCLUSION> {i} </CONCLUSION>"}] for i in range(3)]
    folder = os.path.join(HERE, "published")
    pq.write_table(pa.table({"image": image, "conversations": pa.array(talks, pa.list_(turn))}),
                   os.path.join(folder, "llava-cot.parquet"))
    truths = [json.dumps({"gt_parse": {"total": f"{i}.00"}}) for i in range(3)]
    pq.write_table(pa.table({"image": image, "ground_truth": truths}), os.path.join(folder, "invoices.parquet"))


def main():
    published()
    for codec in ["none", "snappy", "gzip", "zstd"]:
        for version in ["1.0", "2.0"]:
            write(f"texts-{codec}-{version}", texts(), of="texts", compression=codec, data_page_version=version)
    for version in ["1.0", "2.0"]:
        write(f"conversations-{version}", conversations(), of="conversations", data_page_version=version, row_group_size=3)
        write(f"nested-{version}", nested(), of="nested", data_page_version=version)
        write(f"many-{version}", many(), of="many", data_page_version=version, row_group_size=250, data_page_size=512,
              write_batch_size=64, dictionary_pagesize_limit=1024, compression="zstd")
        encodings = {"prompt": "DELTA_BYTE_ARRAY", "completion": "DELTA_LENGTH_BYTE_ARRAY", "n": "DELTA_BINARY_PACKED",
                     "m": "DELTA_BINARY_PACKED", "x": "BYTE_STREAM_SPLIT", "b": "RLE", "l.list.element": "DELTA_BYTE_ARRAY"}
        write(f"encodings-{version}", many(), of="many", data_page_version=version, use_dictionary=False, column_encoding=encodings,
              data_page_size=2048, write_batch_size=100)
        write(f"plain-{version}", kinds(), kinds_expected(kinds()), of="kinds", data_page_version=version, use_dictionary=False)
    table = kinds()
    write("kinds", table, kinds_expected(table))
    write("decimals-as-integers", table.select(["decimal_small", "decimal_whole"]), store_decimal_as_integer=True)
    stamp = pa.table({"t": pa.array([datetime.datetime(2024, 2, 29, 13, 5, 6), None], pa.timestamp("ns"))})
    write("int96", stamp, [{"t": "2024-02-29T13:05:06"}, {"t": None}], use_deprecated_int96_timestamps=True)
    write("lists-of-items", nested().select(["tags"]), use_compliant_nested_type=False)
    write("checksums", texts(), of="texts", write_page_checksum=True)
    write("pictures", pictures())
    # As datasets stores a Sequence of objects, and the turns that it means.
    lists = pa.struct([("from", pa.list_(pa.string())), ("value", pa.list_(pa.string()))])
    talk = {"from": ["human", "gpt"], "value": ["q", "a"]}
    write("sequence-of-turns", pa.table({"conversations": pa.array([talk, talk], lists)}),
          [{"conversations": [{"from": "human", "value": "q"}, {"from": "gpt", "value": "a"}]}] * 2)
    write("no-rows", texts().slice(0, 0))
    by_hand("two-level-lists", [{"tags": ["x", "y"]}, {"tags": None}, {"tags": []}, {"tags": ["z"]}])
    by_hand("refused-encrypted", None, _8=Thrift(_1=Thrift()))
    for codec in ["brotli", "lz4"]:
        pq.write_table(texts(), os.path.join(HERE, f"refused-{codec}.parquet"), compression=codec)
    with open(os.path.join(HERE, "index.json"), "w") as f:
        json.dump(INDEX, f, indent=1)


if __name__ == "__main__":
    main()
