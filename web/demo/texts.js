// The demo shop's own words in both languages; goods bring theirs in products.json.

export const TEXTS = {
  "zh-CN": {
    other: "English", title: "山茶家居 Camellia Home", brand: "山茶家居", skip: "跳到内容", cart: "购物车",
    notice: "这是 OctIM 的演示商城，商品和品牌都是虚构的。", console: "打开客服工作台",
    slogan: "把日子过成自己喜欢的样子。", footer: "演示商城 · 不会产生真实订单 · 图片均为手绘",
    all: "全部好物", tea: "茶与杯", bed: "床品毛毯", bath: "卫浴", home: "家居摆件", kitchen: "厨房", help: "帮助中心",
    kicker: "冬日新品", headline: "一壶热茶，\n一屋好光。", lead: "手绘白瓷、水洗亚麻、黑胡桃木。我们只做每天都会用到、用久了更好看的东西。",
    browse: "逛逛新品", ask: "咨询客服",
    p1: "满 99 元包邮", p1d: "16:00 前付款当天发出", p2: "七天无理由", p2d: "预约快递上门取件", p3: "破损包赔", p3d: "拍照即补发，碎件不用寄", p4: "真人客服", p4d: "每天 9:00–22:00 在线",
    add: "加入购物车", added: "已加入购物车", askThis: "咨询这件商品", back: "返回全部好物", was: "原价", details: "商品信息", related: "看了又看",
    cartEmpty: "购物车还是空的。", goShopping: "去逛逛", total: "合计", shipping: "运费", free: "包邮", saved: "满减", pay: "去结算", payToast: "演示商城，不会真的付款。", remove: "移除", less: "减少", more: "增加", piece: "件",
    helpTitle: "有什么可以帮您？", helpLead: "常见问题先看这里，没找到答案就直接问我们。", helpAsk: "问客服", notFound: "没有找到这个页面。",
    helpItems: [
      ["什么时候发货？", "现货商品每天 16:00 前付款的当天发出，江浙沪、珠三角一般 1–2 天送达。"],
      ["满多少包邮？", "实付满 99 元全国包邮；新疆、西藏满 199 元包邮。"],
      ["怎么退货？", "签收 7 天内、未使用即可退。在「我的订单 → 申请售后」提交，可预约上门取件。"],
      ["收到的东西破了怎么办？", "48 小时内把破损处、包装和面单的照片发给客服，免费补发或全额退款。"],
      ["能开发票吗？", "可以开电子普票和专票，确认收货后在「我的订单 → 申请发票」填写。"],
      ["积分怎么用？", "实付 1 元积 1 分，100 积分抵 1 元，每单最多抵 10%。"],
    ],
  },
  en: {
    other: "中文", title: "Camellia Home", brand: "Camellia Home", skip: "Skip to content", cart: "Cart",
    notice: "This is OctIM’s demo shop; its brand and goods are made up.", console: "Open the agent console",
    slogan: "Things for the everyday.", footer: "Demo shop · no real orders · all pictures drawn by hand",
    all: "Everything", tea: "Tea", bed: "Bed & throws", bath: "Bath", home: "Home", kitchen: "Kitchen", help: "Help",
    kicker: "New this winter", headline: "A pot of tea,\na room of light.", lead: "Hand-painted porcelain, washed linen, black walnut: things you use every day and that look better for it.",
    browse: "See what’s new", ask: "Chat with us",
    p1: "Free shipping over CN¥99", p1d: "Paid by 16:00, sent the same day", p2: "Seven days to return", p2d: "A courier picks it up", p3: "Broken? Replaced", p3d: "A photo is all we need", p4: "Real people", p4d: "Every day, 9:00–22:00",
    add: "Add to cart", added: "Added to cart", askThis: "Ask about this", back: "Back to everything", was: "Was", details: "Details", related: "You may also like",
    cartEmpty: "Your cart is empty.", goShopping: "Look around", total: "Total", shipping: "Shipping", free: "Free", saved: "Offer", pay: "Check out", payToast: "This is a demo shop: nothing is charged.", remove: "Remove", less: "One less", more: "One more", piece: "",
    helpTitle: "How can we help?", helpLead: "Quick answers first. Not here? Just ask us.", helpAsk: "Ask us", notFound: "There is no such page.",
    helpItems: [
      ["When will it ship?", "Orders paid before 16:00 (China time) leave the same day; most cities take 1–3 days."],
      ["Is shipping free?", "Over CN¥99 in mainland China; over CN¥199 to Xinjiang and Tibet."],
      ["How do I return something?", "Within 7 days, unused, under My orders → After-sales. We can send a courier."],
      ["It arrived broken", "Send us photos of the damage, the box and the label within 48 hours; we replace or refund it."],
      ["Can I get an invoice?", "Yes: after delivery, under My orders → Invoice."],
      ["How do points work?", "One point per yuan; 100 points take off CN¥1, up to 10% of an order."],
    ],
  },
};
