// A visitor without a browser: says to the server what no window of ours would say.

export class Guest {
  /** `page`, `hints`, `userAgent`: what the server writes down and agents see. */
  static async arrive(octim, channel, { userAgent = 'e2e', ...body } = {}) {
    const guest = new Guest(octim, userAgent);
    guest.channel = channel;
    const view = await guest.#ask('POST', '/api/visitor/session', { channel, ...body });
    guest.token = view.token;
    guest.contactId = view.contact_id;
    return guest;
  }

  /** Is on another page now. */
  visit(page) {
    return this.#ask('POST', '/api/visitor/session', { channel: this.channel, token: this.token, page });
  }

  constructor(octim, userAgent) {
    this.octim = octim;
    this.userAgent = userAgent;
    this.count = 0;
  }

  async #ask(method, path, body, type = 'application/json') {
    const response = await fetch(this.octim.url + path, {
      method,
      headers: {
        origin: this.octim.url,
        'user-agent': this.userAgent,
        ...(body === undefined ? {} : { 'content-type': type }),
        ...(this.token ? { authorization: `Bearer ${this.token}` } : {}),
      },
      body: body === undefined || body instanceof Uint8Array ? body : JSON.stringify(body),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return text ? JSON.parse(text) : null;
  }

  async #send(content) {
    this.count += 1;
    return (await this.#ask('POST', '/api/visitor/messages', { client_id: `g-${this.contactId}-${this.count}`, content })).conversation_id;
  }

  say(text) {
    return this.#send({ type: 'text', text });
  }

  async sendFile(name, type, bytes) {
    const file = await this.#ask('POST', `/api/visitor/uploads?name=${encodeURIComponent(name)}`, bytes, type);
    await this.#send({ type: 'file', attachment_id: file.id });
    return file;
  }

  rate(id, rating) {
    return this.#ask('PUT', `/api/visitor/conversations/${id}/rating`, rating);
  }

  end(id) {
    return this.#ask('POST', `/api/visitor/conversations/${id}/end`);
  }
}
