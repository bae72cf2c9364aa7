// Files that people send. The picture is drawn here, so that no binary lies in the repository.

import { deflateSync } from 'node:zlib';

const CRC = Array.from({ length: 256 }, (_, n) => {
  let c = n;
  for (let bit = 0; bit < 8; bit += 1) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
  return c >>> 0;
});

function crcOf(bytes) {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = CRC[(crc ^ byte) & 255] ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
}

function chunk(name, data) {
  const body = Buffer.concat([Buffer.from(name, 'latin1'), data]);
  const [length, check] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  check.writeUInt32BE(crcOf(body));
  return Buffer.concat([length, body, check]);
}

/** A PNG with a gradient. */
export function png(width, height) {
  const rows = Buffer.alloc((width * 3 + 1) * height);
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      rows.set([(x * 255) / width, (y * 255) / height, 140], y * (width * 3 + 1) + 1 + x * 3);
    }
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 2, 0, 0, 0], 8);
  return Buffer.concat([Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]), chunk('IHDR', header), chunk('IDAT', deflateSync(rows)), chunk('IEND', Buffer.alloc(0))]);
}

/** A DOCX with one paragraph for each [style, text]. */
export function docx(paragraphs) {
  const style = (level) => `<w:style w:styleId="Heading${level}"><w:name w:val="heading ${level}"/></w:style>`;
  const w = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"';
  const body = paragraphs.map(
    ([name, text]) => `<w:p><w:pPr>${name && `<w:pStyle w:val="${name}"/>`}</w:pPr><w:r><w:t xml:space="preserve">${text}</w:t></w:r></w:p>`,
  );
  return archive({
    'word/styles.xml': `<w:styles ${w}>${style(1)}${style(2)}</w:styles>`,
    'word/document.xml': `<w:document ${w}><w:body>${body.join('')}</w:body></w:document>`,
  });
}

/** A ZIP archive whose parts are stored as they are. */
function archive(parts) {
  const files = [];
  const directory = [];
  let offset = 0;
  for (const [path, text] of Object.entries(parts)) {
    const name = Buffer.from(path);
    const data = Buffer.from(text);
    const about = Buffer.alloc(26);
    about.writeUInt16LE(20, 0);
    about.writeUInt32LE(crcOf(data), 10);
    about.writeUInt32LE(data.length, 14);
    about.writeUInt32LE(data.length, 18);
    about.writeUInt16LE(name.length, 22);
    files.push(Buffer.from('PK\x03\x04', 'latin1'), about, name, data);
    const rest = Buffer.alloc(14);
    rest.writeUInt32LE(offset, 10);
    directory.push(Buffer.from('PK\x01\x02\x14\0', 'latin1'), about, rest, name);
    offset += 30 + name.length + data.length;
  }
  const size = directory.reduce((sum, part) => sum + part.length, 0);
  const end = Buffer.alloc(18);
  end.writeUInt16LE(files.length / 4, 4);
  end.writeUInt16LE(files.length / 4, 6);
  end.writeUInt32LE(size, 8);
  end.writeUInt32LE(offset, 12);
  return Buffer.concat([...files, ...directory, Buffer.from('PK\x05\x06', 'latin1'), end]);
}

/** Drags files over an element; they are let go when the answer is called. */
export async function dragFiles(element, files) {
  const transfer = await element.evaluateHandle((_, list) => {
    const data = new DataTransfer();
    for (const { name, type, bytes } of list) {
      data.items.add(new File([Uint8Array.from(atob(bytes), (c) => c.charCodeAt(0))], name, { type }));
    }
    return data;
  }, files.map(({ name, type, bytes }) => ({ name, type, bytes: bytes.toString('base64') })));
  const say = (what) => element.dispatchEvent(what, { dataTransfer: transfer });
  await say('dragenter');
  await say('dragover');
  return { drop: () => say('drop'), leave: () => say('dragleave') };
}

/** Pastes a picture into a field, as from the clipboard. */
export async function pasteImage(field, bytes, name) {
  await field.evaluate((element, [data, file]) => {
    const transfer = new DataTransfer();
    transfer.items.add(new File([Uint8Array.from(atob(data), (c) => c.charCodeAt(0))], file, { type: 'image/png' }));
    element.dispatchEvent(new ClipboardEvent('paste', { clipboardData: transfer, bubbles: true, cancelable: true }));
  }, [bytes.toString('base64'), name]);
}
