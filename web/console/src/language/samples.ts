// Sentences to click, in both languages of the engine whatever the language of the page.

export const CHINESE = [
  '我想把收货地址改到北京，13812345678，很急！',
  '为什么会员不能用优惠券，你们到底管不管？',
  '明天下午三点前能送到吗？谢谢',
];

export const ENGLISH = [
  "I can't cancel my order #20261129001, why?",
  'Please send the $49 refund to anna@shop.example by Friday.',
  'Great service, my parcel came in two days!',
];
