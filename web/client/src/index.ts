// @octim/client: what other packages and applications may use.

export { AgentClient, type AgentEvents, type AgentLog, type AgentOptions } from './agent.js';
export { type Clock, type Random, systemClock } from './clock.js';
export { Connection, type ConnectionState, PROTOCOL } from './connection.js';
export { ApiError, CancelledError, type ErrorCode, NetworkError, errorSentence, isTemporary } from './errors.js';
export { type FileBody, Http, withQuery } from './http.js';
export { newClientId } from './id.js';
export {
  type ConversationLog,
  applyChanged,
  applyStream,
  emptyLog,
  have,
  prependPage,
} from './log.js';
export { IndexedDbOutbox, MemoryOutbox, type OutboxItem, type OutboxStorage } from './outbox.js';
export type { Pending } from './sender.js';
export { LocalToken, MemoryToken, type TokenStore } from './session.js';
export { browserTransport } from './transport.browser.js';
export { type WeChat, wechatTransport } from './transport.wechat.js';
export type { HttpRequest, HttpResponse, Socket, SocketHandlers, Transport } from './transport.js';
export type { Typist } from './typing.js';
export type * from './types.js';
export {
  VisitorClient,
  type VisitorEvents,
  type VisitorLog,
  type VisitorOptions,
} from './visitor.js';
