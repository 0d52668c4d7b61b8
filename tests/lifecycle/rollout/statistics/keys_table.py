"""A small table that other tools were given too: 400 keys in two arms, made by counting."""

import numpy as np

_I = np.arange(400)
ARM = (_I % 5 < 2).astype(int)
REQUESTS = 1 + (_I * 7) % 8
GOOD = (_I * _I * 13 + _I // 3) % (REQUESTS + 1)
COVARIATE = ((_I * 37) % 101) / 10
Y = 3 + 0.8 * COVARIATE + ((_I * 53) % 17) / 5 + 0.3 * ARM
