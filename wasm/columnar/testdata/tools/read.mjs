// Reads files with programs that are not ours, and prints what is in them, a line a file.
//
// A line of standard input is {"tool", "file"}; a line of the answer is {"rows"}, objects whose values are texts, null, lists and
// objects of such, or {"text"}, what was compressed, in base64, or {"error"}.
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'

const pad = (n, width = 2) => String(n).padStart(width, '0')

const stamp = (d, nano = 0) => {
  const text = `${pad(d.getUTCFullYear(), 4)}-${pad(d.getUTCMonth() + 1)}-${pad(d.getUTCDate())} ${pad(d.getUTCHours())}:${pad(d.getUTCMinutes())}:${pad(d.getUTCSeconds())}`
  const part = (pad(d.getUTCMilliseconds(), 3) + pad(nano, 6)).replace(/0+$/, '')
  return part ? `${text}.${part}` : text
}

const fixed = (digits, scale) => {
  if (!scale) return digits
  const sign = digits.startsWith('-') ? '-' : ''
  digits = digits.replace('-', '').padStart(scale + 1, '0')
  return `${sign}${digits.slice(0, -scale)}.${digits.slice(-scale)}`
}

const text = (bytes) => new TextDecoder().decode(bytes)

async function duckdb(file) {
  const { DuckDBInstance } = await import('@duckdb/node-api')
  const connection = await (await DuckDBInstance.create(':memory:')).connect()
  const result = await connection.runAndReadAll(`SELECT * FROM read_parquet('${file}', binary_as_string = true)`)
  const plain = (v) => {
    if (v === null) return null
    if (Array.isArray(v)) { // a list, or the entries of a map
      return v.map(plain)
    }
    if (typeof v === 'object') return Object.fromEntries(Object.entries(v).map(([k, x]) => [k, plain(x)]))
    return String(v).replace(/^(\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}\.\d*?)0+$/, '$1').replace(/^(\d{4}.*:\d{2})\.$/, '$1')
  }
  const maps = result.columnTypes().map((t) => String(t))
  const names = result.columnNames()
  return result.getRowObjectsJson().map((row) => Object.fromEntries(names.map((name, i) => {
    let v = plain(row[name])
    if (maps[i].startsWith('MAP') && v) v = Object.fromEntries(v.map((e) => [e.key, e.value]))
    return [name, v]
  })))
}

async function hyparquet(file) {
  const { parquetReadObjects, parquetMetadata } = await import('hyparquet')
  const { compressors } = await import('hyparquet-compressors')
  const bytes = readFileSync(file)
  const buffer = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength)
  const schema = parquetMetadata(buffer).schema
  const rows = await parquetReadObjects({ file: buffer, compressors, utf8: true })
  const plain = (name, v) => {
    const element = schema.find((e) => e.name === name)
    if (v === null || v === undefined) return null
    if (Array.isArray(v)) return v.map((x) => plain('array_element', x))
    if (v instanceof Uint8Array) return text(v)
    if (v instanceof Date) return element.converted_type === 'DATE' ? stamp(v).slice(0, 10) : stamp(v)
    if (typeof v === 'object') return Object.fromEntries(Object.entries(v).map(([k, x]) => [k, plain(k, x)]))
    return typeof v === 'number' && element?.converted_type === 'DECIMAL' ? v.toFixed(element.scale) : String(v)
  }
  return rows.map((row) => Object.fromEntries(Object.entries(row).map(([k, v]) => [k, plain(k, v)])))
}

async function arrow(file) {
  const { tableFromIPC, DataType } = await import('apache-arrow')
  const wasm = await import('parquet-wasm/node')
  const table = tableFromIPC(wasm.readParquet(readFileSync(file)).intoIPCStream())
  const plain = (type, v) => {
    if (v === null || v === undefined) return null
    if (DataType.isList(type)) return [...v].map((x) => plain(type.children[0].type, x))
    if (DataType.isMap(type)) return Object.fromEntries([...v].map(([k, x]) => [String(k), plain(type.children[0].type.children[1].type, x)]))
    if (DataType.isStruct(type)) return Object.fromEntries(type.children.map((f) => [f.name, plain(f.type, v[f.name])]))
    if (DataType.isDate(type)) return stamp(new Date(Number(v))).slice(0, 10)
    if (DataType.isTimestamp(type)) { const ms = Number(v); return stamp(new Date(Math.floor(ms)), Math.round((ms - Math.floor(ms)) * 1e6)) }
    if (DataType.isDecimal(type)) {
      let n = 0n
      const words = new Uint32Array(v.buffer, v.byteOffset, 4)
      for (let i = 3; i >= 0; i--) n = (n << 32n) | BigInt(words[i])
      return fixed(String(BigInt.asIntN(128, n)), type.scale)
    }
    if (DataType.isBinary(type)) return text(v)
    return String(v)
  }
  return table.toArray().map((row) => Object.fromEntries(table.schema.fields.map((f) => [f.name, plain(f.type, row[f.name])])))
}

const readers = { duckdb, hyparquet, arrow }

async function unpack(tool, file) {
  const bytes = readFileSync(file)
  if (tool === 'kafkajs-snappy') {
    const { default: codec } = await import('kafkajs-snappy')
    return codec().decompress(bytes)
  }
  // Hadoop's blocks have the length of their content, then their own, before them.
  const { default: snappy } = await import('snappyjs')
  const parts = []
  for (let at = 0; at < bytes.length;) {
    const [raw, size] = [bytes.readUInt32BE(at), bytes.readUInt32BE(at + 4)]
    const part = snappy.uncompress(bytes.subarray(at + 8, at + 8 + size))
    if (part.length !== raw) throw new Error(`a block of ${part.length} bytes says that it has ${raw}`)
    parts.push(part)
    at += 8 + size
  }
  return Buffer.concat(parts)
}

for await (const line of createInterface({ input: process.stdin })) {
  const { tool, file } = JSON.parse(line)
  try {
    const answer = tool in readers ? { rows: await readers[tool](file) } : { text: Buffer.from(await unpack(tool, file)).toString('base64') }
    console.log(JSON.stringify(answer))
  } catch (error) {
    console.log(JSON.stringify({ error: String(error?.stack ?? error) }))
  }
}
