// Files read as text by the tests.
declare module '*?raw' {
  const text: string;
  export default text;
}
