// The real server: started on a free port with a scratch data folder, stopped or killed by
// the journey, removed at the end.

import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, openSync, readFileSync, rmSync, closeSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { until } from './until.mjs';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const started = new Set();

/** Everybody in the demo has this password. */
export const PASSWORD = 'camellia-2718';

export function binary() {
  const target = process.env.CARGO_TARGET_DIR ?? join(ROOT, 'target');
  const path = process.env.OCTIM_BIN || join(target, 'debug/octim');
  if (!existsSync(path)) throw new Error(`there is no ${path}; build it: cargo build -p server --bin octim`);
  return path;
}

export async function freePort() {
  const server = createServer();
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address();
  await new Promise((done) => server.close(done));
  return port;
}

export class Octim {
  #child = null;
  #gone = null;
  #folder = mkdtempSync(join(tmpdir(), 'octim-e2e-'));
  #schema = null;

  constructor(port, command, env) {
    this.port = port;
    this.url = `http://127.0.0.1:${port}`;
    this.command = command;
    this.env = env;
  }

  /** `serve`: nothing is set up. `demo`: the shop with its people. */
  static async start(command = 'demo', { postgres = false, env = {} } = {}) {
    const octim = new Octim(await freePort(), command, env);
    if (postgres) octim.#usePostgres();
    started.add(octim);
    await octim.start();
    return octim;
  }

  get data() {
    return join(this.#folder, 'data');
  }

  get log() {
    return join(this.#folder, 'log');
  }

  /** A schema of its own, so that runs side by side do not meet. */
  #usePostgres() {
    const base = process.env.OCTIM_TEST_POSTGRES_URL;
    this.#schema = `e2e_${process.pid}_${this.port}`;
    execFileSync('psql', ['-q', '-d', base, '-c', `create schema ${this.#schema}`]);
    const sign = base.includes('?') ? '&' : '?';
    this.env.OCTIM_DATABASE__URL = `${base}${sign}options=-c%20search_path%3D${this.#schema}`;
  }

  async start() {
    const log = openSync(this.log, 'a');
    const clean = Object.entries(process.env).filter(([name]) => !name.startsWith('OCTIM_'));
    this.#child = spawn(
      binary(),
      [this.command, '--data-dir', this.data, '--listen', `127.0.0.1:${this.port}`],
      { env: { ...Object.fromEntries(clean), OCTIM_LIMITS__RELAXED: 'true', ...this.env }, stdio: ['ignore', log, log] },
    );
    closeSync(log);
    this.#gone = new Promise((done) => this.#child.once('exit', done));
    await until(`OctIM answers at ${this.url}`, async () => {
      if (this.#child.exitCode !== null) throw new Error(`octim ended by itself:\n${this.tail()}`);
      return (await fetch(`${this.url}/readyz`).catch(() => null))?.ok;
    });
  }

  async #end(signal) {
    if (!this.#child) return;
    this.#child.kill(signal);
    await this.#gone;
    this.#child = null;
  }

  stop() {
    return this.#end('SIGTERM');
  }

  /** As a power cut for the process: nothing is flushed, nobody is told. */
  kill() {
    return this.#end('SIGKILL');
  }

  tail() {
    return readFileSync(this.log, 'utf8').split('\n').slice(-30).join('\n');
  }

  async remove() {
    await this.kill();
    started.delete(this);
    if (this.#schema) {
      execFileSync('psql', ['-q', '-d', process.env.OCTIM_TEST_POSTGRES_URL, '-c', `set client_min_messages = error; drop schema ${this.#schema} cascade`]);
    }
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** What a failing or interrupted journey left behind. */
export async function removeAll() {
  for (const octim of [...started]) await octim.remove();
}
