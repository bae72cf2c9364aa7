// Where well-known services are, and which of their models to begin with.

export interface Preset {
  name: string;
  base_url: string;
  model: string;
}

export const PRESETS: readonly Preset[] = [
  { name: 'DeepSeek', base_url: 'https://api.deepseek.com/v1', model: 'deepseek-chat' },
  { name: 'Qwen', base_url: 'https://dashscope.aliyuncs.com/compatible-mode/v1', model: 'qwen-plus' },
  { name: 'GLM', base_url: 'https://open.bigmodel.cn/api/paas/v4', model: 'glm-4-flash' },
  { name: 'Kimi', base_url: 'https://api.moonshot.cn/v1', model: 'moonshot-v1-8k' },
  { name: 'OpenAI', base_url: 'https://api.openai.com/v1', model: 'gpt-4o-mini' },
  { name: 'Ollama', base_url: 'http://127.0.0.1:11434/v1', model: 'qwen2.5:7b' },
  { name: 'vLLM', base_url: 'http://127.0.0.1:8000/v1', model: 'Qwen/Qwen2.5-7B-Instruct' },
];

const origin = (url: string) => {
  try {
    return new URL(url).origin;
  } catch {
    return '';
  }
};

/** The same server; a key goes to no other. */
export const sameServer = (one: string, other: string) => origin(one) !== '' && origin(one) === origin(other);

/** A model to begin with; none for a service that is not known. */
export const modelOf = (base_url: string) =>
  PRESETS.find((preset) => sameServer(preset.base_url, base_url))?.model ?? '';
