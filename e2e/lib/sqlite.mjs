// Large data are written into the database directly; without the program such journeys are left out.

import { execFileSync } from 'node:child_process';

export function hasSqlite(name) {
  try {
    execFileSync('sqlite3', ['-version']);
    return true;
  } catch {
    console.log(`SKIPPED  ${name}: there is no sqlite3 program to fill the database with`);
    return false;
  }
}
