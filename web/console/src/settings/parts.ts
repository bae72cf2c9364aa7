// The Element Plus parts of the settings pages, with their style sheets.

import 'element-plus/es/components/color-picker/style/css';
import 'element-plus/es/components/form/style/css';
import 'element-plus/es/components/form-item/style/css';
import 'element-plus/es/components/input/style/css';
import 'element-plus/es/components/option/style/css';
import 'element-plus/es/components/select/style/css';
import 'element-plus/es/components/switch/style/css';
import 'element-plus/es/components/tag/style/css';

export { ElForm, ElFormItem } from 'element-plus/es/components/form/index';
export { ElInput } from 'element-plus/es/components/input/index';
export { ElOption, ElSelect } from 'element-plus/es/components/select/index';
export { ElSwitch } from 'element-plus/es/components/switch/index';
